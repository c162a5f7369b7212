public import KubernetesAPI

/// A trigger that was understood.
public enum ParsedTrigger: Sendable {
  /// Swell asks a source and serves the number.
  case external(any ExternalTrigger)
  /// cpu or memory: the HPA controller reads it itself. Rare and large, so kept apart.
  indirect case resource(ResourceTrigger)

  /// Keys of the metadata that mean nothing to this trigger, sorted. KEDA ignores them, and so does Swell.
  public var unknownKeys: [String] {
    switch self {
    case .external(let trigger): trigger.unknownKeys
    case .resource(let trigger): trigger.unknownKeys
    }
  }

  /// Remarks for the user that stop nothing: settings without effect, among them every unknown key. Fields are relative
  /// to the trigger.
  public var notices: [FieldError] {
    let others: [FieldError] =
      switch self {
      case .external(let trigger): trigger.notices
      case .resource: []
      }
    return others
      + unknownKeys.map { key in
        FieldError(
          field: "metadata.\(shortened(key))",
          message: "is not a setting of this type of trigger and has no effect: remove it, or correct its name")
      }
  }
}
