internal import Foundation

/// One page of a list.
struct ListPage<Object: Decodable & Sendable>: Sendable {
  var items: [ListItem<Object>] = []
  /// Of the whole list: the same in all of its pages.
  var resourceVersion: String?
  /// Where the next page begins; nil on the last one.
  var continuation: String?

  /// - Parameter request: for the message.
  init(_ data: Data, _ type: ResourceType, request: String) throws(KubernetesError) {
    func refuse(_ what: String) -> KubernetesError {
      KubernetesError(.badAnswer, message: "\(request): the answer is no list: \(what)")
    }
    let decoder = ObjectDecoder(type)
    let result = data.withUnsafeBytes { bytes -> (items: [ListItem<Object>], metadata: Data?)? in
      guard let members = JSONScanner.members(bytes, in: 0..<bytes.count) else { return nil }
      var items: [ListItem<Object>] = []
      var metadata: Data?
      for member in members {
        if JSONScanner.isEqual(bytes, member.key, to: "metadata") {
          metadata = Data(bytes[member.value])
        } else if JSONScanner.isEqual(bytes, member.key, to: "items"),
          !JSONScanner.isEqual(bytes, member.value, to: "null")
        {
          guard let elements = JSONScanner.elements(bytes, in: member.value) else { return nil }
          items = elements.map { decoder.decode(bytes, in: $0, as: Object.self) }
        }
      }
      return (items, metadata)
    }
    guard let result, let metadata = result.metadata else { throw refuse("it is cut short or has no metadata") }
    guard let list = try? JSONDecoder().decode(Metadata.self, from: metadata) else {
      throw refuse("its metadata cannot be read")
    }
    items = result.items
    resourceVersion = list.resourceVersion
    continuation = list.continue.flatMap { $0.isEmpty ? nil : $0 }
  }

  private struct Metadata: Decodable {
    var resourceVersion: String?
    var `continue`: String?
  }
}
