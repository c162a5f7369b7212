internal import Autoscaling
internal import KubernetesAPI
internal import Questions
internal import Testing

@testable internal import Triggers

@Suite struct PrometheusTriggerTests {
  private func question(_ declaration: TriggerDeclaration) throws -> HTTPQuestion {
    guard case .http(let question) = try TriggerFixture.external(declaration).question else {
      throw TriggerError([])
    }
    return question
  }

  private func outcome(_ body: String, status: Int = 200, strict: Bool = false) throws -> Reading.Outcome {
    let metadata = strict ? ["ignoreNullValues": "false"] : [:]
    let answer = HTTPAnswer(status: status, body: Array(body.utf8))
    return try TriggerFixture.external(TriggerFixture.prometheus(metadata)).outcome(of: .http(answer))
  }

  private static func vector(_ value: String) -> String {
    #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,\#(value)]}]}}"#
  }

  @Test func scalarsAreAccepted() throws {
    #expect(try outcome(#"{"status":"success","data":{"resultType":"scalar","result":[1.5,"42.5"]}}"#).value == 42.5)
    #expect(try outcome(#"{"data":{"result":[1.5,"7"],"resultType":"scalar"},"status":"success"}"#).value == 7)
    #expect(
      try outcome(#"{"status":"success","data":{"resultType":"scalar","result":[1.5,"NaN"]}}"#, strict: true)
        .reason?.code == "notANumber")
    #expect(
      try outcome(#"{"status":"success","data":{"resultType":"string","result":[1.5,"7"]}}"#).reason?.code
        == "wrongType")
  }

  @Test(arguments: [
    (#""NaN""#, "notANumber"), (#""+Inf""#, "infinite"), (#""-Inf""#, "infinite"), ("null", "nullValue"),
  ])
  func whatIsNoNumberIsZeroOnlyWhereTheTriggerSaysSo(value: String, code: String) throws {
    #expect(try outcome(Self.vector(value), strict: true).reason?.code == code)
    guard case .value(let measurement) = try outcome(Self.vector(value)) else {
      Issue.record("unknown")
      return
    }
    #expect(measurement.value == 0 && measurement.isAssumedFromEmptyAnswer)
  }

  @Test(arguments: [#""1e400""#, #""""#, #"" 5""#, #""5x""#, "5", "true", "{}", "[]", "1e400"])
  func whatIsNeitherIsUnknown(value: String) throws {
    #expect(try outcome(Self.vector(value)).reason?.code == "wrongType")
  }

  @Test(arguments: [
    "", "<html>", "[]", "null", "{}", #"{"data":{"result":{}}}"#, #"{"data":null}"#,
    #"{"data":{"result":[{"value":[1,"5"]}]}"#,
    #"{"data":{"result":[{"value":[1,"5"]}]}}x"#, String(repeating: "[", count: 100_000), #"{"a":"\ud800"#,
    "{\"a\":\"\n\"}",
    #"{"a":01}"#, #"{"a":1.}"#, #"{"a":tru}"#, #"{"a":"\x"}"#, #"{"a" 1}"#, #"{"a":1,}"#, #"[1,]"#, "\u{FEFF}{}",
  ])
  func malformedAnswersAreUnknown(body: String) throws {
    #expect(try outcome(body).reason?.code == "malformedAnswer")
  }

  @Test func severalSeriesAreCounted() throws {
    let series = #"{"metric":{},"value":[1,"5"]}"#
    let body = #"{"status":"success","data":{"resultType":"vector","result":[\#(series),\#(series),\#(series)]}}"#
    let reason = try outcome(body).reason
    #expect(reason?.code == "severalSeries" && reason?.message.contains("3 series") == true)
  }

  @Test func errorsAreToldInPrometheusWords() throws {
    let body = #"{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:5: parse error"}"#
    for status in [200, 400, 503] {
      let reason = try outcome(body, status: status).reason
      #expect(reason?.message.contains(#"invalid parameter "query": 1:5: parse error"#) == true)
    }
    #expect(try outcome("<html>", status: 502).reason?.message == "Prometheus answered with status 502")
    #expect(try outcome("", status: 401).reason?.message.contains("authModes") == true)
    let long = #"{"status":"error","error":"\#(String(repeating: "e", count: 100_000))"}"#
    #expect(try outcome(long, status: 500).reason?.message.utf8.count ?? 0 < 400)
  }

  @Test func largeAnswersAreRead() throws {
    let ballast = String(repeating: #"{"x":[1,2.5e3,"\u00e9",null,true]},"#, count: 100_000)
    #expect(try outcome(#"{"warnings":[\#(ballast)0],"data":{"result":[{"value":[1,"5"]}]}}"#).value == 5)
  }

  /// Answers with single bytes changed, cut off or doubled give a value or a reason, and never a trap.
  @Test func damagedAnswersDoNoHarm() throws {
    let trigger = try TriggerFixture.external(TriggerFixture.prometheus())
    let body = Array(Self.vector(#""1.5\u00e9\ud83d\ude00""#).utf8)
    var values = 0
    for index in body.indices {
      for byte in [UInt8(0), 0x22, 0x5C, 0x7B, 0x5D, 0x2D, 0xFF] {
        var changed = body
        changed[index] = byte
        for damaged in [changed, Array(changed[...index]), changed + changed[index...]] {
          if trigger.outcome(of: .http(HTTPAnswer(status: 200, body: damaged))).value != nil { values += 1 }
        }
      }
    }
    #expect(values < body.count * 7)
  }

  @Test func addressesBecomeEndpointsAndPrefixes() throws {
    func parts(_ address: String) throws -> (String, String) {
      let trigger = try TriggerFixture.external(TriggerFixture.prometheus(["serverAddress": address]))
      return (trigger.endpoint.description, try question(TriggerFixture.prometheus(["serverAddress": address])).target)
    }
    #expect(try parts("http://p") == ("http://p:80", "/api/v1/query?query=up"))
    #expect(try parts("HTTPS://p/") == ("https://p:443", "/api/v1/query?query=up"))
    #expect(try parts("http://p:9090/a/b//") == ("http://p:9090", "/a/b/api/v1/query?query=up"))
    #expect(try parts("http://[fd00::1]:9/ü") == ("http://[fd00::1]:9", "/%C3%BC/api/v1/query?query=up"))
  }

  @Test(arguments: [
    "prom:9090", "ftp://p", "http://", "http://a b", "http://p:99999", "http://p?x=1", "http://p#f", "::not a url::",
    "http://user:hunter2@p:x",
  ])
  func otherAddressesAreRefused(address: String) {
    let problems = TriggerFixture.problems(TriggerFixture.prometheus(["serverAddress": address]))
    #expect(problems.map(\.field) == ["metadata.serverAddress"])
    #expect(problems.allSatisfy { !$0.message.contains("hunter2") && $0.message.contains("http://prometheus") })
  }

  @Test func passwordsInAddressesBecomeHeaders() throws {
    let declaration = TriggerFixture.prometheus(["serverAddress": "http://user:hunter%322@p:9090"])
    let trigger = try TriggerFixture.external(declaration)
    #expect(try question(declaration).headers == [MetadataReader.basic("user", "hunter22")])
    #expect(!"\(trigger.endpoint) \(trigger.question)".contains("hunter"))
  }

  @Test func nothingBreaksOutOfTheRequest() throws {
    let target = try question(TriggerFixture.prometheus(["namespace": "a\r\nX: y &c=d#e", "query": "a\r\nb ü"])).target
    #expect(target == "/api/v1/query?query=a%0D%0Ab+%C3%BC&namespace=a%0D%0AX:%20y%20&c=d%23e")
    for headers in ["A=b\r\nX: y", "A b=c", "=v", "A:=v"] {
      let problems = TriggerFixture.problems(TriggerFixture.prometheus(["customHeaders": headers]))
      #expect(problems.map(\.field) == ["metadata.customHeaders"])
    }
    var bearer = TriggerFixture.prometheus(["authModes": "bearer"])
    bearer.authentication = ["token": SecretText("hunter2\r\nX: y")]
    let problems = TriggerFixture.problems(bearer)
    #expect(problems.map(\.field) == ["authentication.token"])
    #expect(problems.allSatisfy { !$0.message.contains("hunter2") })
  }

  @Test func equalTriggersAskEqualQuestions() throws {
    let first = TriggerFixture.prometheus(["queryParameters": "b=2,a=1,c=3", "customHeaders": "X=1,A=2,M=3"])
    let second = TriggerFixture.prometheus(["queryParameters": "c=3,a=1,b=2", "customHeaders": "M=3,X=1,A=2"])
    #expect(try question(first) == question(second))
    #expect(try question(first).target.hasSuffix("&a=1&b=2&c=3"))
  }

  @Test func certificatesCountOnlyWithAuthModes() throws {
    var declaration = TriggerFixture.prometheus(["serverAddress": "https://p", "unsafeSsl": "true"])
    declaration.authentication = ["ca": SecretText("zzz")]
    let trigger = try TriggerFixture.external(declaration)
    #expect(trigger.notices.map(\.field) == ["authentication.ca"])
    #expect(
      trigger.endpoint
        == .http(HTTPEndpoint(scheme: "https", host: "p", port: 443, tls: .init(verifiesCertificate: false))))
    declaration.metadata["authModes"] = "basic"
    declaration.authentication["username"] = SecretText("u")
    #expect(TriggerFixture.problems(declaration).map(\.field) == ["authentication.ca"])
  }

  @Test func cloudIdentitiesAreRefusedWithAdvice() {
    for provider in ["azure-workload", "gcp", "aws", "aws-eks"] {
      var declaration = TriggerFixture.prometheus()
      declaration.podIdentity = provider
      #expect(TriggerFixture.problems(declaration).map(\.field) == ["authenticationRef"])
    }
    var declaration = TriggerFixture.prometheus(["credentialsFromEnv": "GOOGLE"])
    declaration.environment = ["GOOGLE": SecretText("{}")]
    #expect(TriggerFixture.problems(declaration).map(\.field) == ["metadata.credentialsFromEnv"])
  }
}
