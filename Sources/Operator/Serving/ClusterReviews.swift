internal import ExternalMetricsServer
internal import KubernetesAPI
internal import KubernetesClient

/// Asks the cluster who somebody is and what they may do.
struct ClusterReviews: TokenReviewer, AccessReviewer {
  let client: KubernetesClient

  func review(_ token: BearerToken) async throws -> TokenVerdict {
    let answer: TokenReview = try await client.create(
      TokenReview(spec: TokenReviewSpec(token: token.secret)), .tokenReviews, namespace: nil, priority: .actuation)
    return TokenVerdict(answer.status)
  }

  func isAllowed(_ question: AccessQuestion) async throws -> Bool {
    let answer: SubjectAccessReview = try await client.create(
      question.review, .subjectAccessReviews, namespace: nil, priority: .actuation)
    return answer.status?.letsThrough ?? false
  }
}
