internal import Foundation

/// A TCP socket that listens on 127.0.0.1.
struct ListeningSocket: Sendable {
  let descriptor: CInt
  let port: Int

  struct Failed: Error, CustomStringConvertible {
    var description: String
  }

  /// - Parameter port: 0 for any free one.
  init(port: Int = 0) throws {
    var address = try Self.address(port: port)
    descriptor = try Self.make()
    var on: CInt = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic -> CInt in
        guard bind(descriptor, generic, length) == 0, listen(descriptor, 512) == 0 else { return -1 }
        return getsockname(descriptor, generic, &length)
      }
    }
    guard result == 0 else {
      let cause = Self.lastError
      _ = Foundation.close(descriptor)
      throw Failed(description: "listen on port \(port): \(cause)")
    }
    self.port = Int(UInt16(bigEndian: address.sin_port))
  }

  /// Ends listening: `accept` fails from now on. The descriptor stays taken until `close`, so that a thread about to
  /// call `accept` cannot take connections of a later socket that got the same number.
  func stopListening() { _ = shutdown(descriptor, CInt(SHUT_RDWR)) }

  /// Wakes whoever waits in `accept`, and closes.
  func close() {
    _ = shutdown(descriptor, CInt(SHUT_RDWR))
    _ = Foundation.close(descriptor)
  }

  /// A blocking connection to a port of 127.0.0.1. The caller closes it.
  /// - Parameter timeout: how long a receive waits for bytes before it fails; whole seconds.
  static func connect(to port: Int, timeout: Duration = .seconds(10)) throws(Failed) -> CInt {
    var address = try address(port: port)
    let descriptor = try make()
    var limit = timeval(tv_sec: Int(timeout.components.seconds), tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else {
      let cause = lastError
      _ = Foundation.close(descriptor)
      throw Failed(description: "connect to 127.0.0.1:\(port): \(cause)")
    }
    return descriptor
  }

  private static func make() throws(Failed) -> CInt {
    let descriptor = socket(AF_INET, stream, 0)
    guard descriptor >= 0 else { throw Failed(description: "socket: \(lastError)") }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    return descriptor
  }

  private static func address(port: Int) throws(Failed) -> sockaddr_in {
    guard let number = UInt16(exactly: port) else { throw Failed(description: "\(port) is not a TCP port") }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = number.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
  }

  static var lastError: String { String(cString: strerror(errno)) }

  #if canImport(Glibc)
    private static let stream = CInt(SOCK_STREAM.rawValue)
  #else
    private static let stream = SOCK_STREAM
  #endif
}
