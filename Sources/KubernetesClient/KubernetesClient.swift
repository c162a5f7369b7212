internal import Foundation
internal import KubernetesAPI
public import Polling
internal import Synchronization

/// The Kubernetes API, as Swell uses it: objects as `Codable` values, errors that an operator understands, and no
/// throttle of its own. At most 64 requests are under way; beyond that they wait by priority.
///
/// Requests use HTTP/1.1 connections of their own, watches share HTTP/2 ones. Both are kept open between uses. The
/// renewal of the Lease has its own, and waits for nobody.
///
/// Once there is a ``LeaderElection`` on it, the client writes only while this replica leads: a write that is under way
/// when the leadership ends is given up. Leases, Secrets and reviews are everybody's.
public final class KubernetesClient: Sendable {
  /// Where requests go, and as whom.
  public let access: ClusterAccess
  let time: any TimeSource
  let transport: Transport
  let gate: RequestGate
  let fence = WriteFence()
  let login: Login
  let userAgent: String
  private struct Counts {
    var requests: [RequestStatistics.Kind: Int] = [:]
    var repeated = 0
  }
  private let counts = Mutex(Counts())

  /// - Parameters:
  ///   - time: the clock of deadlines and repetitions.
  ///   - userAgent: `swell/0.3.0`; shown in the API server's audit log.
  /// - Throws: `badConfiguration` when certificates or keys cannot be read.
  public convenience init(
    _ access: ClusterAccess, time: any TimeSource, userAgent: String
  ) throws(KubernetesError) {
    try self.init(access, time: time, userAgent: userAgent, limit: 64)
  }

  init(_ access: ClusterAccess, time: any TimeSource, userAgent: String, limit: Int) throws(KubernetesError) {
    self.access = access
    self.time = time
    self.userAgent = userAgent
    transport = try Transport(access, limit: limit)
    gate = RequestGate(limit: limit)
    login = Login(access.credential, time: time)
  }

  deinit { transport.abandon() }

  /// Closes the connections; requests under way fail. Call it once, when nothing needs the client any more.
  public func shutdown() async { await transport.shutdown() }

  /// What was asked so far, and what is under way.
  public var statistics: RequestStatistics {
    var statistics = RequestStatistics()
    counts.withLock {
      statistics.requests = $0.requests
      statistics.repeated = $0.repeated
    }
    statistics.underWay = gate.underWay
    statistics.waiting = gate.waiting
    statistics.watchesOpen = transport.watches.open
    return statistics
  }

  /// - Parameter status: 0 when there was no answer.
  func count(_ verb: String, status: Int) {
    counts.withLock { $0.requests[RequestStatistics.Kind(verb: verb, status: status), default: 0] += 1 }
  }

  func countRepetition() { counts.withLock { $0.repeated += 1 } }
}
