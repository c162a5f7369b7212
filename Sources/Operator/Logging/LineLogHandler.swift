internal import Foundation
internal import KubernetesAPI
internal import Logging

/// Writes one line a message to standard error: for people, or as JSON for machines. Facts are in the metadata; texts
/// are constants, so that a log can be searched.
struct LineLogHandler: LogHandler {
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]
  private let isJSON: Bool
  private let now: @Sendable () -> Timestamp
  private let write: @Sendable (String) -> Void

  init(
    level: Logger.Level, isJSON: Bool, now: @escaping @Sendable () -> Timestamp,
    write: @escaping @Sendable (String) -> Void = Self.standardError
  ) {
    logLevel = level
    self.isJSON = isJSON
    self.now = now
    self.write = write
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let facts = metadata.merging(event.metadata ?? [:]) { _, new in new }.sorted { $0.key < $1.key }
    let time = now().rfc3339(fractionDigits: 3)
    if isJSON {
      var line = "{\"time\":\(Self.quoted(time)),\"level\":\"\(event.level.rawValue)\""
      line += ",\"message\":\(Self.quoted(event.message.description))"
      for (key, value) in facts { line += ",\(Self.quoted(key)):\(Self.quoted(value.description))" }
      write(line + "}\n")
    } else {
      var line = "\(time) \(event.level.rawValue.uppercased()) \(event.message)"
      for (key, value) in facts { line += " \(key)=\(Self.readable(value.description))" }
      write(line + "\n")
    }
  }

  /// A text from a stranger must not begin a line of its own, nor end a quotation.
  private static func readable(_ text: String) -> String {
    let isPlain = !text.isEmpty && text.unicodeScalars.allSatisfy { $0.value > 32 && $0 != "\"" && $0.value != 127 }
    return isPlain ? text : quoted(text)
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      case _ where scalar.value < 32 || scalar.value == 127:
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  static func standardError(_ line: String) { FileHandle.standardError.write(Data(line.utf8)) }
}
