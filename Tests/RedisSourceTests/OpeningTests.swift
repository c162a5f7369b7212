internal import Questions
internal import Testing

@testable internal import RedisSource

@Suite("What is said before the first question")
struct OpeningTests {
  @Test("Commands")
  func commands() {
    #expect(Opening().commands == [])
    #expect(Opening(username: "u").commands == [])
    #expect(Opening(password: SecretText("p")).commands == [["AUTH", "p"]])
    #expect(
      Opening(username: "", password: SecretText("p"), database: 3).commands == [["AUTH", "p"], ["SELECT", "3"]])
    #expect(
      Opening(username: "u", password: SecretText("p"), verifiesMaster: true).commands == [
        ["AUTH", "u", "p"], ["ROLE"],
      ])
  }

  static let full = Opening(username: "u", password: SecretText("hunter2"), database: 3, verifiesMaster: true)

  @Test(
    "Replies",
    arguments: [
      ([.string("OK"), .string("OK"), .array([.string("master"), .integer(0)])], nil, nil),
      (
        [.string("OK"), .string("OK"), .error("NOPERM this user has no permissions to run the 'role' command")], nil,
        nil
      ),
      (
        [
          .error("ERR AUTH <password> called without any password configured for the default user."), .string("OK"),
          .array([.string("master")]),
        ], nil, nil
      ),
      (
        [.error("WRONGPASS invalid username-password pair or user is disabled."), .error("NOAUTH"), .error("NOAUTH")],
        .authenticationFailed, "AUTH: WRONGPASS invalid username-password pair or user is disabled."
      ),
      (
        [.error("ERR unknown command 'AUTH', with args beginning with: 'u' 'hunter2'"), .null, .null],
        .authenticationFailed, "AUTH: ERR unknown command 'AUTH', with args beginning with: 'u' '<redacted>'"
      ),
      (
        [.string("OK"), .error("ERR DB index is out of range"), .null], .refusedByServer,
        "SELECT 3: ERR DB index is out of range"
      ),
      (
        [.string("OK"), .error("NOPERM nothing allowed"), .null], .authenticationFailed,
        "SELECT 3: NOPERM nothing allowed"
      ),
      (
        [.error("LOADING Redis is loading the dataset in memory"), .null, .null], .refusedByServer,
        "AUTH: LOADING Redis is loading the dataset in memory"
      ),
      (
        [.string("OK"), .string("OK"), .array([.string("slave")])], .refusedByServer,
        "this server is not the master any more"
      ),
    ] as [([RedisReply], SourceError.Code?, String?)])
  func failures(_ replies: [RedisReply], _ code: SourceError.Code?, _ cause: String?) {
    let failure = Self.full.failure(in: replies)
    #expect(failure?.code == code)
    #expect(failure?.cause == cause)
  }
}
