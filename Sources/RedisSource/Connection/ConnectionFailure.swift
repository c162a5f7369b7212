internal import Foundation
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Questions

/// Says in the user's terms what NIO and BoringSSL report.
enum ConnectionFailure {
  /// An error while connecting.
  static func ofConnecting(_ error: any Error) -> PipelineFailure {
    guard let error = error as? NIOConnectionError else { return ofConnection(error) }
    if let first = error.connectionErrors.first { return ofConnection(first.error) }
    if error.dnsAError != nil || error.dnsAAAAError != nil {
      return PipelineFailure(.unreachable, "the host name \(error.host) does not resolve")
    }
    return PipelineFailure(.unreachable, "no address of \(error.host) could be reached")
  }

  /// An error on a connection, or while connecting to one address.
  static func ofConnection(_ error: any Error) -> PipelineFailure {
    switch error {
    case let error as IOError: ofSystemCall(error.errnoCode)
    case ChannelError.connectTimeout: PipelineFailure(.timedOut, "no connection in time")
    case NIOSSLError.uncleanShutdown:
      PipelineFailure(.connectionLost, "the server broke the TLS connection off before it had answered")
    case let error as NIOSSLExtraError where error == .failedToValidateHostname:
      PipelineFailure(.tlsFailed, "TLS: the certificate is for another host")
    case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: PipelineFailure(.tlsFailed, "TLS: \(ofTLS(error))")
    case is SocketAddressError: PipelineFailure(.unreachable, "the host name does not resolve")
    default: PipelineFailure(.connectionLost, "\(error)")
    }
  }

  private static func ofSystemCall(_ number: CInt) -> PipelineFailure {
    switch number {
    case ECONNREFUSED: PipelineFailure(.connectionRefused, "connection refused")
    case ECONNRESET, EPIPE: PipelineFailure(.connectionLost, "connection reset by the server")
    case ETIMEDOUT: PipelineFailure(.timedOut, "the server's host does not answer")
    case EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENETDOWN, EADDRNOTAVAIL:
      PipelineFailure(.unreachable, "no route to the host")
    default: PipelineFailure(.connectionLost, String(cString: strerror(number)))
    }
  }

  /// BoringSSL's reason without its file names and line numbers:
  /// `handshakeFailed(… error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at …)`.
  private static func ofTLS(_ error: any Error) -> String {
    let text = "\(error)"
    let marker = "OPENSSL_internal:"
    guard let start = text.range(of: marker)?.upperBound else { return text }
    let reason = text[start...].prefix { $0.isUppercase || $0.isNumber || $0 == "_" }
    let words = reason.lowercased().replacingOccurrences(of: "_", with: " ")
    return switch words {
    case "certificate verify failed": "the server's certificate is not trusted (\(words)); check the CA certificate"
    case "wrong version number": "the server does not speak TLS here (\(words))"
    case "": text
    default: words
    }
  }
}
