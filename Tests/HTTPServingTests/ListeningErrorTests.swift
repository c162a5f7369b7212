import Foundation
import NIOCore
import Testing

@testable import HTTPServing

/// Advice that fits the cause.
@Suite struct ListeningErrorTests {
  @Test(arguments: [
    (EADDRINUSE, "choose a free port"), (EADDRNOTAVAIL, "not one of this machine"), (EACCES, "a port above 1023"),
    (EPERM, "a port above 1023"), (EAFNOSUPPORT, "version of IP"), (EMFILE, "ulimit"), (ENOMEM, "memory"),
  ])
  func everyCauseHasItsAdvice(number: CInt, advice: String) {
    let cause = IOError(errnoCode: number, reason: "bind")
    let error = HTTPServerError(cannotListenOn: "::1", port: 443, cause: cause)
    #expect(error.code == .cannotListen)
    #expect(error.message.hasPrefix("cannot listen on [::1]:443: ") && error.message.contains(advice), "\(error)")
    #expect(!error.message.contains("errno") && !error.message.contains("bind"))
  }
}
