internal import CCurl
internal import Foundation
internal import KubernetesAPI
internal import Synchronization

/// Requests to an external API server with the login of a kubeconfig. Each call blocks its thread until the answer is
/// there; connections are kept.
final class ExternalConnection: Sendable {
  struct Login: Sendable {
    /// `https://host:port`.
    var server: String
    var authorityPEM: String
    var certificatePEM: String?
    var keyPEM: String?
    var token: String?
  }

  struct Failed: Error, CustomStringConvertible {
    var description: String
  }

  /// A curl handle. It is used by one call at a time, which takes it out of `idle`.
  private struct Handle: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
  }

  let login: Login
  private let idle = Mutex<[Handle]>([])

  init(_ login: Login) { self.login = login }

  deinit { for handle in idle.withLock({ $0 }) { curl_easy_cleanup(handle.pointer) } }

  /// The login of the kubeconfig's current context, as kubectl reads it.
  static func login(kubeconfig: String, kubectl: String) async throws -> Login {
    let child = try await ChildProcess.start(
      kubectl, ["config", "view", "--raw", "--minify", "--flatten", "-o", "json"],
      environment: ["KUBECONFIG": kubeconfig])
    guard try await child.waitUntilExit() == 0 else { throw Failed(description: "\(kubeconfig): \(child.output)") }
    let configuration = try JSONText.parse(child.output)
    let cluster = configuration["clusters"]?[0]?["cluster"] ?? [:]
    let user = configuration["users"]?[0]?["user"] ?? [:]
    func pem(_ value: JSONValue?) -> String? {
      Base64Text.bytes(value?.text ?? "").flatMap { $0.isEmpty ? nil : String(decoding: $0, as: UTF8.self) }
    }
    guard let server = cluster["server"]?.text, let authority = pem(cluster["certificate-authority-data"]) else {
      throw Failed(description: "\(kubeconfig): a server with a certificate-authority is needed")
    }
    let login = Login(
      server: server.hasSuffix("/") ? String(server.dropLast()) : server, authorityPEM: authority,
      certificatePEM: pem(user["client-certificate-data"]), keyPEM: pem(user["client-key-data"]),
      token: user["token"]?.text)
    guard login.token != nil || (login.certificatePEM != nil && login.keyPEM != nil) else {
      throw Failed(description: "\(kubeconfig): a client certificate or a token is needed to log in")
    }
    return login
  }

  /// - Parameter uri: path and query.
  /// - Throws: `RequestFailed` with the server's `Status`; `Failed` when there is no answer.
  func send(
    _ method: String, _ uri: String, _ body: JSONValue? = nil, contentType: String = "application/json"
  ) throws -> JSONValue {
    let (status, bytes) = try exchange(method, uri, body.map { JSONText.bytes($0) }, contentType)
    let answer = bytes.isEmpty ? [:] : (try? JSONText.parse(bytes)) ?? .string(String(decoding: bytes, as: UTF8.self))
    if (200..<300).contains(status) { return answer }
    if answer["kind"] == "Status" { throw RequestFailed(status: answer) }
    throw RequestFailed(
      status: ["code": .integer(Int64(status)), "reason": "Unknown", "message": .string(JSONText.text(answer))])
  }

  private func exchange(
    _ method: String, _ uri: String, _ body: [UInt8]?, _ contentType: String
  ) throws -> (status: Int, body: [UInt8]) {
    guard let pointer = idle.withLock({ $0.popLast() })?.pointer ?? curl_easy_init() else {
      throw Failed(description: "curl cannot be started")
    }
    defer { idle.withLock { $0.append(Handle(pointer: pointer)) } }
    curl_easy_reset(pointer)
    var headers: UnsafeMutablePointer<curl_slist>?
    defer { curl_slist_free_all(headers) }
    for line in ["Content-Type: \(contentType)", "Accept: application/json", "Expect:"]
      + (login.token.map { ["Authorization: Bearer \($0)"] } ?? [])
    {
      headers = curl_slist_append(headers, line)
    }
    let url = login.server + uri
    var codes = [
      swell_curl_set_string(pointer, CURLOPT_URL, url), swell_curl_set_string(pointer, CURLOPT_CUSTOMREQUEST, method),
      swell_curl_set_string(pointer, CURLOPT_NOPROXY, "*"), swell_curl_set_long(pointer, CURLOPT_NOSIGNAL, 1),
      swell_curl_set_long(pointer, CURLOPT_TIMEOUT_MS, 60_000),
      // One request at a time has nothing from HTTP/2.
      swell_curl_set_long(pointer, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)),
      swell_curl_set_pointer(pointer, CURLOPT_HTTPHEADER, headers),
      Self.set(pointer, CURLOPT_CAINFO_BLOB, login.authorityPEM),
    ]
    if let certificate = login.certificatePEM, let key = login.keyPEM {
      codes.append(Self.set(pointer, CURLOPT_SSLCERT_BLOB, certificate))
      codes.append(Self.set(pointer, CURLOPT_SSLKEY_BLOB, key))
    }
    if let body {
      codes.append(swell_curl_set_long(pointer, CURLOPT_POSTFIELDSIZE, body.count))
      codes.append(
        body.withUnsafeBytes { bytes in
          swell_curl_set_string(
            pointer, CURLOPT_COPYPOSTFIELDS, bytes.baseAddress?.assumingMemoryBound(to: CChar.self))
        })
    }
    let answer = Bytes()
    codes.append(
      swell_curl_set_write(
        pointer,
        { data, size, count, context in
          guard let data, let context else { return 0 }
          Unmanaged<Bytes>.fromOpaque(context).takeUnretainedValue().all.append(
            contentsOf: UnsafeRawBufferPointer(start: data, count: size * count))
          return size * count
        }, Unmanaged.passUnretained(answer).toOpaque()))
    if let wrong = codes.first(where: { $0 != CURLE_OK }) { throw Self.failure(method, url, wrong) }
    let code = withExtendedLifetime(answer) { curl_easy_perform(pointer) }
    guard code == CURLE_OK else { throw Self.failure(method, url, code) }
    var status = 0
    _ = swell_curl_get_long(pointer, CURLINFO_RESPONSE_CODE, &status)
    return (status, answer.all)
  }

  private static func set(_ pointer: UnsafeMutableRawPointer, _ option: CURLoption, _ text: String) -> CURLcode {
    let bytes = Array(text.utf8)
    return swell_curl_set_blob(pointer, option, bytes, bytes.count)
  }

  private static func failure(_ method: String, _ url: String, _ code: CURLcode) -> Failed {
    Failed(description: "\(method) \(url): \(String(cString: curl_easy_strerror(code)))")
  }

  private final class Bytes {
    var all: [UInt8] = []
  }
}
