/// How Go's standard library reads the scalars that KEDA's users write. The forms it takes and refuses are part of what
/// a manifest means, so they are kept to the letter.
enum GoSyntax {
  /// `strconv.ParseBool`: `1 t T TRUE true True` and `0 f F FALSE false False`, nothing else.
  static func bool(_ text: String) -> Bool? {
    switch text {
    case "1", "t", "T", "TRUE", "true", "True": true
    case "0", "f", "F", "FALSE", "false", "False": false
    default: nil
    }
  }

  /// `strconv.ParseInt(text, 10, 64)`: a sign and digits; leading zeros are fine.
  static func integer(_ text: String) -> Int64? { Int64(text) }
}
