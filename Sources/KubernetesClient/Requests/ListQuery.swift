/// Which objects to list or to watch.
struct ListQuery: Sendable {
  var type: ResourceType
  /// Nil for all namespaces.
  var namespace: String?
  var labelSelector: String?
  var fieldSelector: String?

  /// The selectors, and `more`.
  func query(_ more: [(name: String, value: String)]) -> [(name: String, value: String)] {
    var query = more
    if let labelSelector { query.append(("labelSelector", labelSelector)) }
    if let fieldSelector { query.append(("fieldSelector", fieldSelector)) }
    return query
  }
}
