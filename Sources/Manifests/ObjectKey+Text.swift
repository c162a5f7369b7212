package import Engine
internal import KubernetesAPI

/// How objects are called in messages, also those whose names are no names.
extension ObjectKey {
  /// Kubernetes knows no longer ones.
  package static let longestName = 253

  /// `shop/orders`, or `orders` for what belongs to no namespace.
  package var shortText: String { shortened(namespace.isEmpty ? name : description, to: 120) }

  /// `ScaledObject shop/orders`; `document` for what does not say what it is.
  package func shortText(as kind: String) -> String {
    (kind.isEmpty ? "document" : kind) + (name.isEmpty ? "" : " \(shortText)")
  }
}
