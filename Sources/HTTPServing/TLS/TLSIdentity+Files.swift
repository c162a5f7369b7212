internal import Foundation

extension TLSIdentity {
  /// Reads PEM files, as `tls.crt` and `tls.key` of a Kubernetes Secret are mounted.
  ///
  /// - Throws: ``HTTPServerError`` with code `badIdentity`, naming the file.
  public init(certificateFile: String, privateKeyFile: String) throws(HTTPServerError) {
    try self.init(
      certificateChainPEM: Self.text(of: certificateFile, role: "certificate"),
      privateKeyPEM: Self.text(of: privateKeyFile, role: "private key"))
  }

  private static func text(of file: String, role: String) throws(HTTPServerError) -> String {
    do {
      return try String(contentsOfFile: file, encoding: .utf8)
    } catch {
      throw HTTPServerError(
        code: .badIdentity, message: "cannot read the \(role) file \(file): give a readable PEM file")
    }
  }
}
