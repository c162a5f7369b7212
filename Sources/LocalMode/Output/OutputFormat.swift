/// How `swell local` shows what happens.
public enum OutputFormat: String, Sendable, CaseIterable {
  /// A table that is drawn anew, on a terminal; the changed rows one below the other elsewhere.
  case table
  /// One line of JSON for each decision.
  case json
}
