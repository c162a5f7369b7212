/// The client certificate of a connection: what it says, and which of the server's authorities vouch for it.
///
/// That a certificate is here proves that the client holds its private key, and nothing more: without a vouching
/// authority (``isVerified(by:at:)``) its names are what a stranger wrote.
public final class PeerIdentity: Sendable {
  /// One authority that vouches for the certificate.
  public struct Verification: Hashable, Sendable {
    /// The name of the bundle in ``ClientAuthorities``.
    public var authority: String
    /// From the latest "not before" to the earliest "not after" of the chain, in seconds since 1970, both inclusive.
    public var validity: ClosedRange<Int64>

    public init(authority: String, validity: ClosedRange<Int64>) {
      self.authority = authority
      self.validity = validity
    }
  }

  /// The last common name of the subject; empty when it has none.
  public let commonName: String
  /// The organizations of the subject, in its order.
  public let organizations: [String]
  /// DNS names among the subject alternative names.
  public let dnsNames: [String]
  /// IP addresses among the subject alternative names: 4 or 16 bytes each.
  public let ipAddresses: [[UInt8]]
  /// The certificate itself.
  public let certificateDER: [UInt8]
  /// One for each bundle that has a root for the certificate's chain.
  public let verifications: [Verification]

  /// An identity as a test would make it.
  public init(
    commonName: String, organizations: [String] = [], dnsNames: [String] = [], ipAddresses: [[UInt8]] = [],
    certificateDER: [UInt8] = [], verifications: [Verification] = []
  ) {
    self.commonName = commonName
    self.organizations = organizations
    self.dnsNames = dnsNames
    self.ipAddresses = ipAddresses
    self.certificateDER = certificateDER
    self.verifications = verifications
  }

  /// Whether this bundle vouches for the certificate now. A certificate that has run out since the handshake is not
  /// good any more, however long the connection lives.
  ///
  /// - Parameter seconds: the time now, in seconds since 1970.
  public func isVerified(by authority: String, at seconds: Int64) -> Bool {
    verifications.contains { $0.validity.contains(seconds) && $0.authority == authority }
  }
}
