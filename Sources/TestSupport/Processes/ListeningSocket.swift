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
    guard let number = UInt16(exactly: port) else { throw Failed(description: "\(port) is not a TCP port") }
    descriptor = socket(AF_INET, Self.stream, 0)
    guard descriptor >= 0 else { throw Failed(description: "socket: \(Self.lastError)") }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    var on: CInt = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = number.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
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

  /// Wakes whoever waits in `accept`, and closes.
  func close() {
    _ = shutdown(descriptor, CInt(SHUT_RDWR))
    _ = Foundation.close(descriptor)
  }

  static var lastError: String { String(cString: strerror(errno)) }

  #if canImport(Glibc)
    static let stream = CInt(SOCK_STREAM.rawValue)
  #else
    static let stream = SOCK_STREAM
  #endif
}
