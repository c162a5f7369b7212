internal import AsyncHTTPClient
internal import Foundation
internal import KubernetesAPI
internal import NIOCore
internal import NIOHTTP1
internal import Polling

extension KubernetesClient {
  /// A page of 500 objects of 500 KB.
  static let largestAnswer = 256 << 20

  /// Sends a request and returns the body of a successful answer.
  ///
  /// Repeated inside, within the request's time limit: once with a fresh token after 401; once when a kept connection
  /// turned out to be closed; and as often as the server says with Retry-After. The last two only where doing it twice
  /// is doing it once, or where it was not done: a server that is too busy (429) has not looked at the request.
  ///
  /// Where an election is held, what is for leaders only is refused and given up without the leadership.
  func send(_ request: APIRequest) async throws(KubernetesError) -> Data {
    var deadline: Timestamp?
    var isTokenRefused = false
    var hasReconnected = false
    while true {
      let result = await attempt(request, deadline: &deadline, isTokenRefused: isTokenRefused)
      let error: KubernetesError
      switch result {
      case .success(let answer): return answer
      case .failure(let failure): error = failure
      }
      let now = time.now()
      guard !error.isCancellation, let deadline, now < deadline else { throw error }
      if error.status == 401, !isTokenRefused, login.canRenew {
        isTokenRefused = true
      } else if error.isClosedConnection, request.isIdempotent, !hasReconnected {
        hasReconnected = true
      } else if let wait = error.retryAfter, request.isIdempotent || error.code == .tooManyRequests,
        now + wait < deadline
      {
        // At least a moment: `Retry-After: 0` must not make a loop of it.
        guard (try? await time.sleep(until: now + max(wait, .milliseconds(50)))) != nil else {
          throw .cancelled(request.description)
        }
      } else {
        throw error
      }
      countRepetition()
    }
  }

  /// - Parameter deadline: set when the request goes out first: waiting for others does not count.
  private func attempt(
    _ request: APIRequest, deadline: inout Timestamp?, isTokenRefused: Bool
  ) async -> Result<Data, KubernetesError> {
    if !request.isElection {
      guard await gate.enter(request.priority) else { return .failure(.cancelled(request.description)) }
    }
    defer { if !request.isElection { gate.leave(request.priority) } }
    let end = deadline ?? time.now() + request.timeLimit
    deadline = end
    guard let (pool, http) = connection(for: request) else {
      return .failure(KubernetesError(.unreachable, message: "\(request.description): the client is shut down"))
    }
    var isSilent = false
    defer { if let pool { transport.requests.giveBack(pool, isSuspect: isSilent) } }
    let wire = wireRequest(request, isTokenRefused: isTokenRefused)
    do {
      let answer = try await fenced(request) { [time] in
        try await Deadline.race(until: end, time: time) { try await Self.exchange(wire, over: http) }
      }
      guard let answer else {
        isSilent = true
        count(request.verb, status: 0)
        let limit = Int(request.timeLimit.inSeconds)
        return .failure(
          KubernetesError(
            .unreachable, message: "\(request.description): no answer from \(access.server) within \(limit) s"))
      }
      count(request.verb, status: answer.status)
      guard answer.isSuccess else { return .failure(KubernetesError(answer, to: request.description)) }
      return .success(answer.body)
    } catch is WriteFence.Closed {
      return .failure(.notLeading(request.description))
    } catch {
      count(request.verb, status: 0)
      return .failure(failure(error, request.description))
    }
  }

  /// - Returns: the pool to give back, and its client; nil after the shutdown.
  private func connection(for request: APIRequest) -> (pool: Int?, client: HTTPClient)? {
    request.isElection ? (nil, transport.election) : transport.requests.borrow().map { ($0.id, $0.client) }
  }

  private func fenced<Value: Sendable>(
    _ request: APIRequest, _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    request.isLeadersOnly ? try await fence.run(at: time.now(), work) : try await work()
  }

  func failure(_ error: any Error, _ request: String) -> KubernetesError {
    if let error = error as? KubernetesError { return error }
    return KubernetesError(noAnswer: error, to: request, from: access.server)
  }

  func wireRequest(_ request: APIRequest, isTokenRefused: Bool = false) -> HTTPClientRequest {
    var wire = HTTPClientRequest(url: transport.base + request.target)
    wire.method = request.method
    if let host = transport.hostHeader { wire.headers.add(name: "Host", value: host) }
    wire.headers.add(name: "User-Agent", value: userAgent)
    wire.headers.add(name: "Accept", value: "application/json")
    if let authorization = login.header(isRefused: isTokenRefused) {
      wire.headers.add(name: "Authorization", value: authorization)
    }
    if let body = request.body {
      wire.headers.add(name: "Content-Type", value: request.contentType ?? "application/json")
      wire.body = .bytes(ByteBuffer(bytes: body))
    }
    return wire
  }

  private static func exchange(_ request: HTTPClientRequest, over http: HTTPClient) async throws -> APIAnswer {
    // Deadlines are kept by the caller, on the injected clock.
    let response = try await http.execute(request, deadline: .now() + .hours(1))
    let body = try await collect(response, limit: largestAnswer)
    return APIAnswer(
      status: Int(response.status.code), retryAfter: response.headers.first(name: "Retry-After"), body: body)
  }

  static func collect(_ response: HTTPClientResponse, limit: Int) async throws -> Data {
    var body = Data()
    for try await chunk in response.body {
      guard chunk.readableBytes <= limit - body.count else {
        throw KubernetesError(.badAnswer, message: "the API server's answer is larger than \(limit >> 20) MiB")
      }
      body.append(contentsOf: chunk.readableBytesView)
    }
    return body
  }
}
