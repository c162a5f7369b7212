internal import Foundation
internal import KubernetesAPI
internal import NIOHTTP1

/// All objects of a list at one moment.
struct ObjectList<Object: Sendable>: Sendable {
  var items: [ListItem<Object>]
  /// From where to watch.
  var resourceVersion: String?
}

extension KubernetesClient {
  static let pageSize = 500

  /// Lists in pages. When the server has forgotten the moment the list belongs to (410), it begins anew, up to three
  /// times.
  func collection<Object: Decodable & Sendable>(
    _ query: ListQuery, of: Object.Type, priority: RequestPriority
  ) async throws(KubernetesError) -> ObjectList<Object> {
    var attempts = 0
    while true {
      attempts += 1
      do throws(KubernetesError) {
        return try await pages(query, of: Object.self, priority: priority)
      } catch {
        guard error.code == .gone, attempts < 3 else { throw error }
      }
    }
  }

  private func pages<Object: Decodable & Sendable>(
    _ query: ListQuery, of: Object.Type, priority: RequestPriority
  ) async throws(KubernetesError) -> ObjectList<Object> {
    var list = ObjectList<Object>(items: [])
    var continuation: String?
    repeat {
      var items = [(name: "limit", value: "\(Self.pageSize)")]
      if let continuation { items.append(("continue", continuation)) }
      let page = try await page(query, items, of: Object.self, priority: priority)
      list.items += page.items
      list.resourceVersion = page.resourceVersion
      continuation = page.continuation
    } while continuation != nil
    return list
  }

  /// The resource version of the list as it is now.
  func currentResourceVersion(_ query: ListQuery) async throws(KubernetesError) -> String? {
    try await page(query, [("limit", "1")], of: IgnoredAnswer.self, priority: .background).resourceVersion
  }

  private func page<Object: Decodable & Sendable>(
    _ query: ListQuery, _ items: [(name: String, value: String)], of: Object.Type, priority: RequestPriority
  ) async throws(KubernetesError) -> ListPage<Object> {
    var request = try APIRequest(
      "list", .GET, query.type, namespace: query.namespace, query: query.query(items), priority: priority)
    request.timeLimit = .seconds(30)
    let data = try await send(request)
    return try ListPage(data, query.type, request: request.description)
  }
}
