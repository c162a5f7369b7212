public import Foundation
public import KubernetesAPI

/// Cases recorded from the real programs (`Tests/ConformanceData`, README there), or from the folder of the same layout
/// that `SWELL_CONFORMANCE_DIR` names.
public enum ConformanceCases {
  public struct Case: Sendable, CustomStringConvertible {
    public var id: String
    public var input: JSONValue
    public var expect: JSONValue

    public var description: String { id }
  }

  /// The folder in use.
  public static let directory: URL = {
    if let other = ProcessInfo.processInfo.environment["SWELL_CONFORMANCE_DIR"], !other.isEmpty {
      return URL(fileURLWithPath: other, isDirectory: true)
    }
    return URL(fileURLWithPath: #filePath)  // Sources/TestSupport/Conformance/ConformanceCases.swift
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Tests/ConformanceData", isDirectory: true)
  }()

  /// True when the cases come from `SWELL_CONFORMANCE_DIR`: then a missing file means "nothing to check".
  public static var isForeignDirectory: Bool {
    !(ProcessInfo.processInfo.environment["SWELL_CONFORMANCE_DIR"] ?? "").isEmpty
  }

  /// The cases of one file, such as `keda/quantity.json`. A file that is missing from a foreign directory has no cases; a
  /// directory that is missing is an error, or a mistyped name would look like success.
  public static func load(_ file: String) throws -> [Case] {
    let url = directory.appendingPathComponent(file)
    if isForeignDirectory, !FileManager.default.fileExists(atPath: url.path) {
      guard (try? directory.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == true else {
        throw NoDirectory(path: directory.path)
      }
      return []
    }
    let root = try JSONDecoder().decode(JSONValue.self, from: Data(contentsOf: url))
    guard let cases = root["cases"]?.array else { throw Malformed(file: file) }
    return try cases.map { entry in
      guard let id = entry["id"]?.string, let input = entry["input"], let expect = entry["expect"] else {
        throw Malformed(file: file)
      }
      return Case(id: id, input: input, expect: expect)
    }
  }

  struct Malformed: Error { var file: String }

  struct NoDirectory: Error, CustomStringConvertible {
    var path: String
    var description: String { "SWELL_CONFORMANCE_DIR names \"\(path)\", which is not a folder" }
  }
}

/// Short ways into a JSON value, for tests.
extension JSONValue {
  public subscript(key: String) -> JSONValue? {
    guard case .object(let fields) = self else { return nil }
    return fields[key]
  }
  public var string: String? { if case .string(let value) = self { value } else { nil } }
  public var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  public var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
  public var object: [String: JSONValue]? { if case .object(let value) = self { value } else { nil } }
  public var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .double(let value): value
    default: nil
    }
  }

  /// Decodes a Kubernetes value from this one.
  public func decoded<T: Decodable>(as type: T.Type) throws -> T {
    try JSONDecoder().decode(type, from: JSONEncoder().encode(self))
  }
}
