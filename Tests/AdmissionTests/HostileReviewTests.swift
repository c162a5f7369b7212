internal import Admission
internal import Foundation
internal import HTTPServing
internal import KubernetesAPI
internal import TestSupport
internal import Testing

/// The webhook's port is open to whoever reaches it.
@Suite struct HostileReviewTests {
  struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
  }

  static let pieces = [
    "null", "1e400", "-0", "9223372036854775808", "\"\"", "[]", "{}", "true", "\"\\u0000\"", "NaN", "[[[[", "1.5",
    "\"metadata\"", "\"%s%n\"", "-1",
  ].map { Array($0.utf8) }

  @Test(arguments: AdmissionKind.allCases)
  func everyBodyIsAnswered(kind: AdmissionKind) async throws {
    let object = Reviews.scaledObject([
      "advanced": ["scalingModifiers": ["formula": "a", "target": "5"]], "podIdentity": ["provider": "aws"],
      "oauth2": ["type": "clientCredentials", "tokenUrl": "http://a"],
      "fallback": ["failureThreshold": 1, "replicas": 2],
    ])
    let request = AdmissionRequest(
      uid: "1", operation: .update, namespace: "prod", object: object, oldObject: Reviews.scaledObject())
    let valid = Array(try JSONEncoder().encode(AdmissionReview(request: request)))
    let responder = Reviews.responder()
    var random = Generator(state: 7)
    var answered: [Int: Int] = [:]
    for _ in 0..<1500 {
      var body = valid
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let start = Int.random(in: 0..<body.count, using: &random)
        let end = min(body.count, start + Int.random(in: 0...12, using: &random))
        let piece = Self.pieces.randomElement(using: &random) ?? []
        body.replaceSubrange(start..<end, with: Bool.random(using: &random) ? piece : [])
      }
      let response = try await Reviews.post(body, to: responder, path: kind.path)
      answered[response.status, default: 0] += 1
      guard response.status == 200 else { continue }
      let review = try JSONDecoder().decode(AdmissionReview.self, from: Data(response.body))
      let answer = try #require(review.response)
      #expect(answer.allowed == (answer.status == nil))
      #expect(answer.allowed || answer.status?.message?.isEmpty == false)
    }
    #expect(Set(answered.keys) == [200, 400], "\(answered)")
  }

  /// Whatever number stands in a field, something is said about it and nothing traps.
  @Test(arguments: [Int64.min, -1, 0, 1, Int64(Int32.max), Int64(Int32.max) + 1, Int64.max])
  func extremeNumbers(number: Int64) async throws {
    for field in ["minReplicaCount", "maxReplicaCount", "idleReplicaCount", "pollingInterval", "cooldownPeriod"] {
      let answer = try await Reviews.create(Reviews.scaledObject([field: .integer(number)]))
      if Int32(exactly: number) == nil {
        #expect(answer.status?.message?.contains("spec.\(field)") == true, "\(field) \(answer)")
      }
    }
    let fallback = Reviews.scaledObject([
      "fallback": ["failureThreshold": .integer(number), "replicas": .integer(number)]
    ])
    #expect(try await Reviews.create(fallback).allowed == (0...Int64(Int32.max)).contains(number))
  }
}
