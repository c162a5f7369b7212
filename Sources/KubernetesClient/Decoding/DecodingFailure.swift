/// What a `Decoder` found wrong, in one line without the values, which may be secret.
enum DecodingFailure {
  static func text(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    switch error {
    case .typeMismatch(let type, let context): return "\(place(context.codingPath)) is no \(type)"
    case .valueNotFound(_, let context): return "\(place(context.codingPath)) is null"
    case .keyNotFound(let key, let context): return "\(place(context.codingPath + [key])) is missing"
    case .dataCorrupted(let context):
      return context.codingPath.isEmpty ? "this is not JSON" : "\(place(context.codingPath)) is not valid"
    @unknown default: return "it does not have the expected form"
    }
  }

  private static func place(_ path: [any CodingKey]) -> String {
    var text = ""
    for key in path {
      if let index = key.intValue {
        text += "[\(index)]"
      } else {
        text += text.isEmpty ? key.stringValue : "." + key.stringValue
      }
    }
    return text.isEmpty ? "the whole" : text
  }
}
