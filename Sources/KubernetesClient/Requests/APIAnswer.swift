internal import Foundation

/// A complete answer of the API server.
struct APIAnswer: Sendable {
  var status: Int
  var retryAfter: String?
  var body: Data

  var isSuccess: Bool { (200..<300).contains(status) }
}
