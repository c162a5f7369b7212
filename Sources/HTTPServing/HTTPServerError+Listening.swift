internal import NIOCore

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

extension HTTPServerError {
  /// What the system said when an address could not be listened on, in words that tell what to change.
  init(cannotListenOn host: String, port: Int, cause: any Error) {
    let place = "\(host.contains(":") ? "[\(host)]" : host):\(port)"
    let number = (cause as? IOError)?.errnoCode
    let words =
      switch number {
      case EADDRINUSE: "another program listens there; choose a free port, or end that program"
      case EADDRNOTAVAIL:
        "the address is not one of this machine; choose one that is, or 0.0.0.0 (with IPv6 [::]) for all"
      case EACCES, EPERM: "not permitted; choose a port above 1023"
      case EAFNOSUPPORT: "this machine does not speak that version of IP; choose an address of the other"
      case EMFILE, ENFILE: "too many files are open; raise the limit (ulimit -n)"
      case .some(let number): "\(String(cString: strerror(number)))"
      case nil: "the host is no address of this machine; write an IP address such as 127.0.0.1 or 0.0.0.0"
      }
    self.init(code: .cannotListen, message: "cannot listen on \(place): \(words)")
    isOfHost = [EADDRNOTAVAIL, EAFNOSUPPORT, nil].contains(number)
  }
}
