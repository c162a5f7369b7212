/// Decodes an object a user wrote, and tells everything that is wrong with it at once.
///
/// Wrong types, missing required fields, integers that do not fit and unknown fields are each reported with their path,
/// as `kubectl` would, and decoding goes on. `null` counts as absent, as it does for the API server. Values are
/// shortened;
/// those of Secrets and of fields that look like credentials are not shown.
public enum StrictDecoder {
  public enum UnknownFields: Sendable {
    /// Each is an error, with the nearest known name.
    case reported
    /// For objects of which Swell knows only a part (workloads).
    case ignored
  }

  /// Decodes a value. `value` is nil when something in it could not be read; unknown fields alone leave it usable,
  /// so that
  /// further checks can add what they find.
  ///
  /// - Parameter path: what the paths of errors begin with; empty for a whole object.
  public static func decode<T: Decodable>(
    _ type: T.Type, from json: JSONValue, unknownFields: UnknownFields = .reported, path: String = ""
  ) -> (value: T?, errors: [FieldError]) {
    let findings = DecodingFindings(reportsUnknownFields: unknownFields == .reported)
    let place = JSONPlace(value: json, path: path.isEmpty ? .root : FieldPath.root.key(path))
    let value = try? findings.read(type, at: place)
    return (findings.isIncomplete ? nil : value, findings.errors)
  }
}

/// A type some of whose fields hold secrets: their values never appear in messages.
public protocol HidesFieldValues {
  /// The names of these fields, as in JSON. Everything below them is hidden, too.
  static var hiddenFields: Set<String> { get }
}
