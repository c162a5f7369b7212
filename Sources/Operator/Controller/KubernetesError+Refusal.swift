internal import KubernetesClient

extension KubernetesError {
  /// The API refuses this until somebody acts: a right is missing, a policy forbids it, or the object is not accepted.
  /// Everything else is an obstacle that goes away by itself.
  var isRefusal: Bool {
    switch code {
    // A namespace that is being deleted takes nothing new, and its objects are going, too.
    case .forbidden: !message.contains("being terminated")
    case .invalid: true
    // A webhook that cannot be reached, and without which nothing is to be admitted.
    case .serverError: message.contains("failed calling webhook")
    default: false
    }
  }

  /// What was refused (verb, resource, namespace, and the server's words), and what to do about it.
  var refusal: String { "\(message): \(advice); Swell tries again by itself" }

  private var advice: String {
    if code == .forbidden, message.contains(" cannot "), message.contains(" resource ") {
      return "give Swell's ServiceAccount this right (deploy/base/rbac-workloads.yaml has all that it needs)"
    }
    if code == .forbidden || message.contains("denied") || message.contains("webhook") {
      return "a policy of the cluster stands against it: change the policy, or the ScaledObject so that it complies"
    }
    return "change the ScaledObject so that the API server accepts it"
  }
}
