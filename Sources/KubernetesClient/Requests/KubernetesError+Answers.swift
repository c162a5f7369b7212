internal import AsyncHTTPClient
internal import Foundation
internal import KubernetesAPI
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

extension KubernetesError {
  /// What an answer that is no success means.
  init(_ answer: APIAnswer, to request: String) {
    let status = try? JSONDecoder().decode(Status.self, from: answer.body)
    self.init(status, httpStatus: answer.status, retryAfter: answer.retryAfter, request: request)
    guard status?.message == nil else { return }
    let text = shortened(String(decoding: answer.body.prefix(1024), as: UTF8.self), to: 200)
    message = "\(request): \(answer.status)" + (text.isEmpty ? " without an explanation" : ": \(text)")
  }

  /// - Parameter httpStatus: of the answer; the Status of a watch carries its own.
  init(_ status: Status?, httpStatus: Int, retryAfter: String? = nil, request: String) {
    let seconds =
      retryAfter.flatMap { Int32($0.trimmingCharacters(in: .whitespaces)) }
      ?? status?.details?.retryAfterSeconds
    self.init(
      Code(status: httpStatus, reason: status?.reason), status: httpStatus,
      message: "\(request): \(httpStatus) \(status?.reason ?? ""): \(status?.message ?? "no explanation")",
      retryAfter: seconds.flatMap { $0 > 0 || retryAfter != nil ? .seconds(max(0, Int64($0))) : nil },
      reason: status?.reason)
  }

  /// What it means that there was no answer.
  init(noAnswer error: any Error, to request: String, from server: ServerAddress) {
    self.init(.unreachable, message: "\(request): no answer from \(server): \(Self.cause(of: error))")
    isCancellation = error is CancellationError || (error as? HTTPClientError) == .cancelled
    isClosedConnection =
      (error as? HTTPClientError) == .remoteConnectionClosed || (error as? IOError)?.errnoCode == ECONNRESET
      || (error as? IOError)?.errnoCode == EPIPE
  }

  static func cancelled(_ request: String) -> KubernetesError {
    var error = KubernetesError(.unreachable, message: "\(request): cancelled")
    error.isCancellation = true
    return error
  }

  /// As a cancellation: nobody is to blame, and there is nothing to try again here.
  static func notLeading(_ request: String) -> KubernetesError {
    var error = KubernetesError(.unreachable, message: "\(request): not done, for this replica does not lead")
    error.isCancellation = true
    return error
  }

  private static func cause(of error: any Error) -> String {
    switch error {
    case is CancellationError: return "cancelled"
    case let error as HTTPClientError:
      switch error {
      case .remoteConnectionClosed: return "the server closed the connection"
      case .connectTimeout: return "the connection was not made in time: is the address right, does a firewall drop it?"
      case .tlsHandshakeTimeout: return "the TLS handshake did not end in time"
      default: return error.shortDescription
      }
    case let error as NIOSSLError:
      return "TLS: \(error). Does the server's certificate come from the certificate authority given, for this host?"
    case let error as NIOSSLExtraError:
      return "TLS: \(error). The name or address must be in the server's certificate; tls-server-name may say another"
    case let error as IOError: return String(cString: strerror(error.errnoCode))
    case let error as NIOConnectionError:
      if let failed = error.connectionErrors.first { return cause(of: failed.error) }
      if let failed = error.dnsAError ?? error.dnsAAAAError { return "\(error.host): \(cause(of: failed))" }
      return "no connection to \(error.host):\(error.port)"
    default: return "\(error)"
    }
  }
}

extension KubernetesError.Code {
  init(status: Int, reason: String?) {
    self =
      switch status {
      case 401: .unauthorized
      case 403: .forbidden
      case 404: .notFound
      case 409: reason == "AlreadyExists" ? .alreadyExists : .conflict
      case 410: .gone
      case 429: .tooManyRequests
      case 400..<500: .invalid
      case 500...: .serverError
      default: .badAnswer
      }
  }
}
