internal import Admission
internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// Rules that need nothing but the object, where no recorded case goes.
@Suite struct ObjectRulesTests {
  @Test func aMaximumBelowZeroIsRefusedWithoutAMinimumToo() async throws {
    let answer = try await Reviews.create(Reviews.scaledObject(["maxReplicaCount": -1]))
    #expect(answer.status?.words == "MinReplicaCount=0 must be less than MaxReplicaCount=-1")
    #expect(answer.status?.details?.causes?.map(\.field) == ["spec.maxReplicaCount"])
  }

  /// What a fallback stands in for is an average or a value.
  @Test(arguments: ["AverageValue", "Value", "", "Utilization"])
  func fallbacksNeedAMetricThatTheyCanStandInFor(metricType: String) async throws {
    let trigger = Reviews.trigger(
      "redis", ["address": "r:6379", "listName": "q"], ["metricType": .string(metricType)])
    let answer = try await Reviews.create(
      Reviews.scaledObject(["triggers": [trigger], "fallback": ["failureThreshold": 3, "replicas": 5]]))
    let message = answer.status?.message ?? ""
    #expect(message.contains("for the fallback to be enabled") == (metricType == "Utilization"), "\(message)")
  }

  @Test(
    arguments: [
      ("https://idp/token", true), ("http://idp:8080", true), ("HTTPS://idp", true), ("https://[::1]:8443/t", true),
      ("https://user:secret@idp/t", true), ("https://idp/a b", true), ("https://idp:", true),
      ("https://idp:port/t", false), ("https://idp/%zz", false), ("https://[::1/t", false), ("https://[::1]x/t", false),
      ("https://i dp/t", false), ("https:///t", false), ("ftp://idp/t", false), ("idp/t", false),
      ("https:idp", false), ("https://idp\n/t", false),
    ])
  func tokenURLs(url: String, isValid: Bool) {
    var oauth2 = OAuth2()
    (oauth2.type, oauth2.clientId, oauth2.tokenUrl) = ("clientCredentials", "c", url)
    var spec = AuthenticationSpec()
    spec.oauth2 = oauth2
    #expect(spec.admissionViolations().isEmpty == isValid, "\(url)")
  }
}
