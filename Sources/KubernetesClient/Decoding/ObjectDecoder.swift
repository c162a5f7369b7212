internal import Foundation
internal import KubernetesAPI

/// One object of a list or of a watch.
enum ListItem<Object: Sendable>: Sendable {
  case object(Object)
  case undecodable(UndecodableObject)
}

/// Decodes single objects out of a larger JSON text, each on its own, so that a broken one harms no other.
///
/// Two things are done to the text before: lists of built-in kinds leave out their items' `apiVersion` and `kind`, which
/// are put in; and `metadata.managedFields`, which is often half of an object and of no use here, is left out.
struct ObjectDecoder: Sendable {
  let type: ResourceType
  private let decoder = JSONDecoder()
  private let header: [(key: StaticString, json: String)]

  init(_ type: ResourceType) {
    self.type = type
    header = [
      ("apiVersion", "\"apiVersion\":\"\(type.apiVersion)\""), ("kind", "\"kind\":\"\(type.kind)\""),
    ]
  }

  func decode<Object: Decodable & Sendable>(
    _ bytes: UnsafeRawBufferPointer, in range: Range<Int>, as: Object.Type
  ) -> ListItem<Object> {
    let data = prepared(bytes, range)
    do {
      return .object(try decoder.decode(Object.self, from: data))
    } catch {
      return .undecodable(undecodable(data, DecodingFailure.text(error)))
    }
  }

  private func prepared(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Data {
    guard let members = JSONScanner.members(bytes, in: range), let first = members.first else {
      return Data(bytes[range])
    }
    var data = Data(capacity: range.count + 128)
    data.append(UInt8(ascii: "{"))
    for (key, json) in header where !members.contains(where: { JSONScanner.isEqual(bytes, $0.key, to: key) }) {
      data.append(contentsOf: json.utf8)
      data.append(UInt8(ascii: ","))
    }
    var position = first.key.lowerBound - 1
    if let cut = managedFields(bytes, members) {
      data.append(contentsOf: bytes[position..<cut.lowerBound])
      position = cut.upperBound
    }
    data.append(contentsOf: bytes[position..<range.upperBound])
    return data
  }

  /// The member and one comma beside it.
  private func managedFields(_ bytes: UnsafeRawBufferPointer, _ members: [JSONScanner.Member]) -> Range<Int>? {
    guard let metadata = members.first(where: { JSONScanner.isEqual(bytes, $0.key, to: "metadata") }),
      let fields = JSONScanner.members(bytes, in: metadata.value),
      let index = fields.firstIndex(where: { JSONScanner.isEqual(bytes, $0.key, to: "managedFields") })
    else { return nil }
    if index > 0 { return fields[index - 1].value.upperBound..<fields[index].value.upperBound }
    if fields.count > 1 { return (fields[0].key.lowerBound - 1)..<(fields[1].key.lowerBound - 1) }
    return (fields[0].key.lowerBound - 1)..<fields[0].value.upperBound
  }

  private func undecodable(_ data: Data, _ message: String) -> UndecodableObject {
    let partial = try? decoder.decode(Partial.self, from: data)
    return UndecodableObject(
      namespace: partial?.metadata?.namespace, name: partial?.metadata?.name ?? "(an object without a name)",
      resourceVersion: partial?.metadata?.resourceVersion, message: message)
  }

  private struct Partial: Decodable {
    struct Metadata: Decodable {
      var namespace: String?
      var name: String?
      var resourceVersion: String?
    }
    var metadata: Metadata?
  }
}
