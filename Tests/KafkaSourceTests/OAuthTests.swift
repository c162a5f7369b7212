internal import KafkaSource
internal import Questions
internal import Testing

struct OAuthTests {
  static let request = OAuthTokenRequest(
    tokenEndpoint: "https://login.example/token", clientID: "client id", clientSecret: SecretText("s€cret:"),
    scopes: ["a", "", "b c"])

  @Test func theRequestIsAFormAndAHeader() {
    #expect(Self.request.body == "grant_type=client_credentials&scope=a%20b%20c")
    // "client%20id:s%E2%82%ACcret%3A"
    #expect(Self.request.authorization.reveal() == "Basic Y2xpZW50JTIwaWQ6cyVFMiU4MiVBQ2NyZXQlM0E=")
    var bare = Self.request
    bare.scopes = []
    #expect(bare.body == "grant_type=client_credentials")
  }

  @Test(arguments: [
    (#"{"access_token":"t","expires_in":3600}"#, 3600), (#"{"access_token":"t","expires_in":"60"}"#, 60),
    (#"{"access_token":"t"}"#, 300), (#"{"access_token":"t","expires_in":-1}"#, 300),
    (#"{"access_token":"t","expires_in":1e300}"#, 86_400), (#"{"access_token":"t","expires_in":0.001}"#, 10),
    (#"{"access_token":"t","expires_in":null}"#, 300), (#"{"access_token":"t","expires_in":"soon"}"#, 300),
    (#"{"access_token":"t","expires_in":{}}"#, 300),
  ])
  func lifetimes(_ body: String, _ seconds: Int64) throws {
    let token = try OAuthToken(answer: HTTPAnswer(status: 200, body: Array(body.utf8)), from: Self.request)
    #expect(token.value.reveal() == "t")
    #expect(token.lifetime == .seconds(seconds))
  }

  @Test(arguments: [
    (401, #"{"error":"invalid_client"}"#, SourceError.Code.authenticationFailed), (500, "", .authenticationFailed),
    (200, "", .malformedAnswer), (200, "[]", .malformedAnswer), (200, #"{"access_token":""}"#, .malformedAnswer),
    (200, #"{"access_token":7}"#, .malformedAnswer), (200, #"{"access_token":null}"#, .malformedAnswer),
  ])
  func answersWithoutAToken(_ status: Int, _ body: String, _ code: SourceError.Code) {
    var request = Self.request
    request.tokenEndpoint += "?key=geheim"
    do throws(SourceError) {
      let token = try OAuthToken(answer: HTTPAnswer(status: status, body: Array(body.utf8)), from: request)
      Issue.record("\(token)")
    } catch {
      #expect(error.code == code)
      #expect(error.message.contains("https://login.example/token answered"))
    }
  }
}
