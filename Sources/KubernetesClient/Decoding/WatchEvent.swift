internal import Foundation
internal import KubernetesAPI

/// One line of a watch.
enum WatchEvent<Object: Decodable & Sendable>: Sendable {
  /// Added or modified: what there is now. Which of both it is, the receiver knows better.
  case changed(ListItem<Object>)
  case deleted(ListItem<Object>)
  /// Nothing has changed up to this resource version.
  case bookmark(resourceVersion: String)
  /// The watch is over.
  case failed(Status)

  /// Nil when the line is no event.
  init?(_ line: Data, _ decoder: ObjectDecoder) {
    let event = line.withUnsafeBytes { bytes -> WatchEvent? in
      guard let members = JSONScanner.members(bytes, in: 0..<bytes.count),
        let type = members.first(where: { JSONScanner.isEqual(bytes, $0.key, to: "type") })?.value,
        let object = members.first(where: { JSONScanner.isEqual(bytes, $0.key, to: "object") })?.value
      else { return nil }
      switch String(decoding: bytes[type], as: UTF8.self) {
      case "\"ADDED\"", "\"MODIFIED\"": return .changed(decoder.decode(bytes, in: object, as: Object.self))
      case "\"DELETED\"": return .deleted(decoder.decode(bytes, in: object, as: Object.self))
      case "\"BOOKMARK\"":
        guard let bookmark = try? JSONDecoder().decode(Bookmark.self, from: Data(bytes[object])) else { return nil }
        return .bookmark(resourceVersion: bookmark.metadata.resourceVersion)
      case "\"ERROR\"":
        return .failed((try? JSONDecoder().decode(Status.self, from: Data(bytes[object]))) ?? Status(code: 500))
      default: return nil
      }
    }
    guard let event else { return nil }
    self = event
  }
}

private struct Bookmark: Decodable {
  struct Metadata: Decodable { var resourceVersion: String }
  var metadata: Metadata
}
