internal import ExternalMetricsServer
internal import KubernetesAPI
internal import KubernetesClient
internal import Logging
internal import Polling
internal import Synchronization

/// Asks the cluster who somebody is and what they may do.
final class ClusterReviews: TokenReviewer, AccessReviewer {
  private let client: KubernetesClient
  private let time: any TimeSource
  private let logger: Logger
  private let toldAt = Mutex<Timestamp?>(nil)

  /// How often it is told that the cluster cannot be asked: whoever asks Swell gets no reason.
  private static let pause = Duration.seconds(30)

  init(client: KubernetesClient, time: any TimeSource, logger: Logger) {
    self.client = client
    self.time = time
    self.logger = logger
  }

  func review(_ token: BearerToken) async throws -> TokenVerdict {
    TokenVerdict(
      try await ask(TokenReview(spec: TokenReviewSpec(token: token.secret)), .tokenReviews, as: TokenReview.self).status
    )
  }

  func isAllowed(_ question: AccessQuestion) async throws -> Bool {
    let answer = try await ask(question.review, .subjectAccessReviews, as: SubjectAccessReview.self)
    return answer.status?.letsThrough ?? false
  }

  private func ask<Review: Encodable & Sendable, Answer: Decodable & Sendable>(
    _ review: Review, _ type: ResourceType, as: Answer.Type
  ) async throws -> Answer {
    do {
      return try await client.create(review, type, namespace: nil, priority: .review)
    } catch {
      if !error.isCancellation { tell(error) }
      throw error
    }
  }

  private func tell(_ error: KubernetesError) {
    let now = time.now()
    let isDue = toldAt.withLock { toldAt in
      if let last = toldAt, now - last < Self.pause { return false }
      toldAt = now
      return true
    }
    guard isDue else { return }
    let advice =
      error.code == .forbidden
      ? "bind the ClusterRole system:auth-delegator to Swell's ServiceAccount" : "clients get 503 until it answers"
    logger.error(
      "the cluster cannot be asked who may read metrics", metadata: ["error": "\(error)", "advice": "\(advice)"])
  }
}
