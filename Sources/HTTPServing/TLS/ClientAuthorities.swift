internal import Synchronization
internal import X509

/// The certificate authorities whose client certificates a server knows, as named bundles ("requestheader", "client").
///
/// Give it to ``HTTPServerConfiguration/clientAuthorities`` and the server asks its clients for a certificate, takes
/// connections without one or with one that nobody vouches for, and says in ``HTTPRequest/peer`` who vouches.
/// Replacing the bundles takes effect at once: open connections are judged anew at their next request.
public final class ClientAuthorities: Sendable {
  /// What was known at one moment.
  struct Snapshot: Sendable {
    var bundles: [Bundle] = []
    /// Intermediate authorities that were part of a verified chain. A resumed TLS session brings only the client's own
    /// certificate.
    var intermediates: [Certificate] = []
  }

  struct Bundle: Sendable {
    var name: String
    var roots: [Certificate]
  }

  private let state = Mutex(Snapshot())
  private let changes = Atomic(0)

  /// Knows nobody until ``replace(_:)``.
  public init() {}

  /// Takes these bundles instead of all before, or changes nothing when one of them is bad.
  ///
  /// - Parameter bundles: PEM by name; text between the certificates is passed over.
  /// - Throws: ``HTTPServerError`` with code `badAuthority`, naming the bundle.
  public func replace(_ bundles: [String: String]) throws(HTTPServerError) {
    var parsed: [Bundle] = []
    for (name, pem) in bundles.sorted(by: { $0.key < $1.key }) {
      parsed.append(Bundle(name: name, roots: try PEMCertificates.parse(pem, named: name)))
    }
    // Intermediates stay: they lend no trust, only the roots do.
    state.withLock { $0.bundles = parsed }
    changes.add(1, ordering: .releasing)
  }

  /// Whether a text holds at least one certificate.
  public static func isBundle(_ pem: String) -> Bool {
    (try? PEMCertificates.parse(pem, named: "")) != nil
  }

  /// The names of the bundles, sorted.
  public var names: [String] { state.withLock { $0.bundles.map(\.name) } }

  /// Grows with each ``replace(_:)``; a look at it costs next to nothing.
  var generation: Int { changes.load(ordering: .acquiring) }

  var current: Snapshot { state.withLock { $0 } }

  /// How many intermediates are kept, the latest. Clusters have none or one; each is one more to try with every chain.
  private static let intermediateLimit = 8

  func remember(_ intermediates: [Certificate]) {
    guard !intermediates.isEmpty else { return }
    state.withLock { state in
      for certificate in intermediates where !state.intermediates.contains(certificate) {
        if state.intermediates.count >= Self.intermediateLimit { state.intermediates.removeFirst() }
        state.intermediates.append(certificate)
      }
    }
  }
}
