internal import CRdkafka
internal import Dispatch
internal import Foundation

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// librdkafka's own mock cluster: several brokers in this process, which fail on demand. It knows committed offsets of groups
/// without members, but no authentication.
///
/// `@unchecked Sendable`: the handles never change; the library takes its calls from any thread.
public final class MockKafkaCluster: @unchecked Sendable {
  /// Numbers of Kafka's protocol.
  public enum Request: Int16, Sendable {
    case listOffsets = 2
    case metadata = 3
    case offsetFetch = 9
    case findCoordinator = 10
  }

  private let client: OpaquePointer
  private let cluster: OpaquePointer
  /// `host:port` of all brokers.
  public let bootstrapServers: [String]
  public let administrator: KafkaAdministrator

  public init(brokers: Int = 1) throws {
    client = try KafkaAdministrator.client(RD_KAFKA_PRODUCER, [:])
    guard let cluster = rd_kafka_mock_cluster_new(client, Int32(brokers)),
      let text = rd_kafka_mock_cluster_bootstraps(cluster)
    else {
      rd_kafka_destroy(client)
      throw KafkaAdministrator.Failed(description: "no mock cluster")
    }
    self.cluster = cluster
    bootstrapServers = String(cString: text).split(separator: ",").map(String.init)
    administrator = try KafkaAdministrator(bootstrapServers: bootstrapServers.joined(separator: ","))
  }

  deinit {
    let (client, cluster, servers) = (Handle(client), Handle(cluster), bootstrapServers)
    DispatchQueue(label: "test.kafka.mock.end").async {
      Self.nudged(servers) { rd_kafka_mock_cluster_destroy(cluster.pointer) }
      rd_kafka_destroy(client.pointer)
    }
  }

  public func createTopic(_ name: String, partitions: Int = 1) async throws {
    try await change { rd_kafka_mock_topic_create($0, name, Int32(partitions), 1).rawValue }
  }

  /// Every request for the topic gets this error; 0 ends that.
  public func setError(_ code: Int32, ofTopic topic: String) async throws {
    try await change { cluster in
      rd_kafka_mock_topic_set_error(cluster, topic, rd_kafka_resp_err_t(rawValue: code))
      return 0
    }
  }

  /// The next requests of this kind fail with these codes, one each; 0 in between is a success.
  public func pushErrors(_ codes: [Int32], for request: Request) async throws {
    try await change { cluster in
      var errors = codes.map { rd_kafka_resp_err_t(rawValue: $0) }
      rd_kafka_mock_push_request_errors_array(cluster, request.rawValue, errors.count, &errors)
      return 0
    }
  }

  public func setLeader(of topic: String, partition: Int32, to broker: Int32) async throws {
    try await change { rd_kafka_mock_partition_set_leader($0, topic, partition, broker).rawValue }
  }

  public func setCoordinator(of group: String, to broker: Int32) async throws {
    try await change { rd_kafka_mock_coordinator_set($0, "group", group, broker).rawValue }
  }

  /// Brokers count from 1. A broker that is down refuses connections.
  public func setBroker(_ broker: Int32, isUp: Bool) async throws {
    try await change {
      (isUp ? rd_kafka_mock_broker_set_up($0, broker) : rd_kafka_mock_broker_set_down($0, broker)).rawValue
    }
  }

  public func setRoundTrip(of broker: Int32, milliseconds: Int) async throws {
    try await change { rd_kafka_mock_broker_set_rtt($0, broker, Int32(milliseconds)).rawValue }
  }

  private struct Handle: @unchecked Sendable {
    let pointer: OpaquePointer
    init(_ pointer: OpaquePointer) { self.pointer = pointer }
  }

  private func change(_ work: @escaping @Sendable (OpaquePointer) -> Int32) async throws {
    let (cluster, servers) = (Handle(cluster), bootstrapServers)
    let code = await withCheckedContinuation { continuation in
      DispatchQueue(label: "test.kafka.mock").async {
        nonisolated(unsafe) var code: Int32 = 0
        Self.nudged(servers) { code = work(cluster.pointer) }
        continuation.resume(returning: code)
      }
    }
    if code != 0 { throw KafkaAdministrator.Failed(description: "the mock cluster refused: error \(code)") }
  }

  /// Runs a call that the mock cluster's thread has to answer. Now and then (once in some thousand calls) that thread misses
  /// its wake-up and sleeps on (librdkafka 2.0.2): a connection to its port wakes it.
  private static func nudged(_ servers: [String], _ work: @escaping @Sendable () -> Void) {
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      work()
      done.signal()
    }
    while done.wait(timeout: .now() + .milliseconds(200)) == .timedOut {
      for server in servers { connectBriefly(to: server) }
    }
  }

  private static func connectBriefly(to server: String) {
    guard let port = server.split(separator: ":").last.flatMap({ UInt16($0) }) else { return }
    #if canImport(Glibc)
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }
}
