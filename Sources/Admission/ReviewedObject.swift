internal import KubernetesAPI

/// The object of a request, before it is read as what it is: the parts that every kind has.
struct ReviewedObject {
  let json: JSONValue
  let spec: JSONValue?
  /// How many there are.
  let finalizers: Int
  let annotations: JSONValue?
  /// What Swell itself writes into the metadata of an object that it takes care of: how much of it there is.
  let marks: Int

  init(_ json: JSONValue) {
    self.json = json
    spec = json.field("spec")
    let metadata = json.field("metadata")
    let annotations = metadata?.field("annotations")
    self.annotations = annotations == .object([:]) ? nil : annotations
    var marks = metadata?.field("labels")?.field(ScaledObject.nameLabel) == nil ? 0 : 1
    if case .array(let entries)? = metadata?.field("finalizers") {
      finalizers = entries.count
      if entries.contains(.string(ScaledObject.finalizer)) { marks += 1 }
    } else {
      finalizers = 0
    }
    self.marks = marks
  }

  /// Nothing that a rule looks at has changed, and the finalizer or the label of whoever scales it has come.
  func isOnlyMarked(since old: ReviewedObject) -> Bool {
    spec == old.spec && annotations == old.annotations && marks > old.marks
  }

  /// The object as Swell reads it. Where the API server is yet to make the name, one of the right length stands in.
  func decoded<Object: Decodable>(
    as type: Object.Type, request: AdmissionRequest
  ) -> (value: Object?, errors: [FieldError]) {
    guard case .object(var fields) = json else {
      return (nil, [FieldError(field: "object", message: "must be an object")])
    }
    if case .object(var metadata)? = fields["metadata"] {
      if metadata["name"] == nil {
        var name = request.name ?? ""
        if name.isEmpty, case .string(let prefix)? = metadata["generateName"] { name = prefix + "xxxxx" }
        metadata["name"] = .string(name)
      }
      if metadata["namespace"] == nil, let namespace = request.namespace, !namespace.isEmpty {
        metadata["namespace"] = .string(namespace)
      }
      // Who wrote which field is of no use here and long.
      metadata["managedFields"] = nil
      fields["metadata"] = .object(metadata)
    }
    fields["status"] = nil
    return StrictDecoder.decode(type, from: .object(fields), unknownFields: .ignored)
  }
}

extension JSONValue {
  fileprivate func field(_ key: String) -> JSONValue? {
    guard case .object(let fields) = self, let value = fields[key], value != .null else { return nil }
    return value
  }
}

/// What the rules look at in a ScaledJob.
struct ScaledJobTriggers: Decodable {
  struct Spec: Decodable { var triggers: [ScaleTriggerSpec] }

  var metadata: ObjectMeta
  var spec: Spec
}

/// What the rules look at in a TriggerAuthentication and a ClusterTriggerAuthentication.
struct AuthenticationSpecs: Decodable {
  var metadata: ObjectMeta
  var spec: AuthenticationSpec?
}
