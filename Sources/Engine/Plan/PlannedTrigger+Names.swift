internal import KubernetesAPI
internal import Questions
internal import Triggers

extension PlannedTrigger {
  /// What is wrong with the names that come of the user's settings; relative to the trigger. Metrics are named after streams
  /// and topics, and these names are printed, logged and asked for by URL: a terminal must not obey what is in them.
  var unprintableName: FieldError? {
    guard let external else { return nil }
    let names = [external.metric.name, external.metric.alias, external.endpoint.description]
    guard let name = names.first(where: { $0.unicodeScalars.contains { $0.properties.generalCategory == .control } })
    else { return nil }
    return FieldError(
      field: "metadata",
      message: "\"\(shortened(name))\" holds a control character: write names without tabs and line breaks")
  }
}
