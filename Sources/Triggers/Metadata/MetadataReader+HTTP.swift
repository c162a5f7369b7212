internal import Foundation
internal import KubernetesAPI
internal import Questions

/// Who asks an HTTP source: KEDA's shared authentication settings.
struct HTTPAuthentication {
  /// `bearer`, `basic`, `tls`, `custom`, `apiKey`, `oauth`; empty without authentication.
  var modes: [String] = []
  var headers: [HTTPQuestion.Header] = []
  /// Certificates and keys; nil when the modes need none.
  var tls: MetadataReader.TLSMaterial?
}

extension MetadataReader {
  /// Reads `authModes` and what each mode needs. As in KEDA, certificates count only together with some mode.
  mutating func httpAuthentication() -> HTTPAuthentication {
    let modes = choices(
      Parameter("authModes", "authMode", from: .metadata, .authentication),
      of: ["apiKey", "basic", "tls", "bearer", "custom", "oauth"], exclusive: ["bearer", "basic", "oauth"])
    let method = choice(Parameter("method", from: .metadata, .authentication), of: ["header", "query"])
    _ = (method, value(Parameter("keyParamName", from: .metadata, .authentication)))
    let material = tlsMaterial()
    guard !modes.isEmpty else {
      if let authorities = material.authorities {
        note(authorities.field, "has no effect without authModes")
      }
      return HTTPAuthentication()
    }
    var result = HTTPAuthentication(modes: modes)
    if modes.contains("bearer") {
      let token = required(
        Parameter("bearerToken", "token", from: .authentication), "the token that authModes: bearer sends")
      if let token { result.headers = [header("Authorization", "Bearer " + token.text, token.field)] }
    } else if modes.contains("basic") {
      let username = required(Parameter("username", from: .authentication), "the name that authModes: basic sends")
      let password = secret(Parameter("password", from: .authentication))?.reveal() ?? ""
      if let username { result.headers = [Self.basic(username.text, password)] }
    } else if modes.contains("custom") {
      let name = required(Parameter("customAuthHeader", from: .authentication), "the name of the header to send")
      let value = required(Parameter("customAuthValue", from: .authentication), "the value of the header to send")
      if let name, let value {
        if !HTTPQuestion.Header.isName(name.text) { fail(name.field, "is not the name of an HTTP header") }
        result.headers = [header(name.text, value.text, value.field)]
      }
    }
    checkModesWithoutEffect(modes)
    if modes.contains("tls"), material.certificate == nil || material.key == nil {
      let absent = material.certificate == nil ? "cert" : "key"
      fail("authentication.\(absent)", "is missing: authModes: tls needs cert and key in the TriggerAuthentication")
    }
    if modes.contains("tls") || material.authorities != nil { result.tls = material }
    return result
  }

  /// apiKey and oauth are modes that KEDA checks and then does nothing for.
  private mutating func checkModesWithoutEffect(_ modes: [String]) {
    if modes.contains("apiKey") {
      _ = required(Parameter("apiKey", from: .authentication), "the key in the TriggerAuthentication")
    }
    if modes.contains("oauth") {
      _ = required(Parameter("oauthTokenURI", from: .authentication), "the URL that gives tokens")
      _ = required(Parameter("clientID", from: .authentication), "the client's id")
    }
    for mode in modes where mode == "apiKey" || mode == "oauth" {
      note(
        "metadata.authModes",
        "\"\(mode)\" sends nothing to this type of source, as in KEDA: write bearer, basic or custom")
    }
  }

  private mutating func header(_ name: String, _ value: String, _ field: String) -> HTTPQuestion.Header {
    if !HTTPQuestion.Header.isValue(value) {
      fail(field, "has a line break or another control character in it: remove it")
    }
    return HTTPQuestion.Header(name, SecretText(value))
  }

  static func basic(_ username: String, _ password: String) -> HTTPQuestion.Header {
    let text = Data("\(username):\(password)".utf8).base64EncodedString()
    return HTTPQuestion.Header("Authorization", SecretText("Basic " + text))
  }

  /// `customHeaders`, sorted by name.
  mutating func customHeaders() -> [HTTPQuestion.Header] {
    let parameter = Parameter("customHeaders", from: .metadata)
    return map(parameter).sorted { $0.key < $1.key }.compactMap { name, value in
      guard HTTPQuestion.Header.isName(name) else {
        fail("metadata.customHeaders", "\"\(shortened(name))\" is not the name of an HTTP header: write Name=value")
        return nil
      }
      return header(name, value, "metadata.customHeaders")
    }
  }
}

extension HTTPQuestion.Header {
  /// Whether a text is a header's name: letters, digits and a few signs (RFC 9110, token).
  static func isName(_ text: String) -> Bool {
    let signs = Array("!#$%&'*+-.^_`|~".utf8)
    return !text.isEmpty
      && text.utf8.allSatisfy { byte in
        (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || signs.contains(byte)
      }
  }

  /// Whether a text can be a header's value: no control characters but tabs.
  static func isValue(_ text: String) -> Bool {
    text.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
  }
}
