internal import KubernetesAPI
internal import TestSupport
internal import Testing

@Suite struct StrictDecoderTests {
  static let valid: JSONValue = [
    "apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": ["name": "orders", "namespace": "prod"],
    "spec": [
      "scaleTargetRef": ["name": "orders-api"], "minReplicaCount": 0, "maxReplicaCount": 50,
      "advanced": [
        "horizontalPodAutoscalerConfig": [
          "behavior": [
            "scaleUp": ["policies": [["type": "Pods", "value": 4, "periodSeconds": 15]], "tolerance": "0.1"]
          ]
        ]
      ],
      "triggers": [["type": "redis-streams", "metadata": ["stream": "s", "pendingEntriesCount": "10"]]],
    ],
  ]

  /// A change of the valid object, and the one error that it causes.
  @Test(
    arguments: [
      (
        ["spec", "triggers", "0", "metadata", "pendingEntriesCount"], 10,
        "spec.triggers[0].metadata.pendingEntriesCount",
        "must be a text, but is 10: write it in quotes: \"10\""
      ),
      (
        ["spec", "triggers", "0", "metadata", "enableTLS"], true, "spec.triggers[0].metadata.enableTLS",
        "must be a text, but is true: write it in quotes: \"true\""
      ),
      (
        ["spec", "triggers", "0", "metadata", "a.b"], .double(0.5), "spec.triggers[0].metadata[a.b]",
        "must be a text, but is 0.5: write it in quotes: \"0.5\""
      ),
      (
        ["spec", "triggers", "0", "metadata", "threshold"], .double(.nan), "spec.triggers[0].metadata.threshold",
        "must be a text, but is nan: write a number, in quotes"
      ),
      (
        ["spec", "maxReplicaCount"], "50", "spec.maxReplicaCount",
        "must be a whole number, but is the text \"50\": write it without quotes: 50"
      ),
      (["spec", "maxReplicaCount"], .double(1.5), "spec.maxReplicaCount", "must be a whole number, but is 1.5"),
      (
        ["spec", "maxReplicaCount"], 3_000_000_000, "spec.maxReplicaCount",
        "3000000000 does not fit: write a whole number from -2147483648 to 2147483647"
      ),
      (
        ["spec", "maxReplicaCount"], .double(.infinity), "spec.maxReplicaCount",
        "inf does not fit: write a whole number from -2147483648 to 2147483647"
      ),
      (
        ["spec", "maxReplicaCount"], ["a": 1], "spec.maxReplicaCount",
        "must be a whole number, but is an object with 1 field"
      ),
      (
        ["spec", "triggers", "0", "useCachedMetrics"], "yes", "spec.triggers[0].useCachedMetrics",
        "must be true or false, but is the text \"yes\""
      ),
      (
        ["spec", "triggers", "0", "useCachedMetrics"], "true", "spec.triggers[0].useCachedMetrics",
        "must be true or false, but is the text \"true\": write it without quotes: true"
      ),
      (["spec", "triggers"], ["type": "x"], "spec.triggers", "must be a list, but is an object with 1 field"),
      (["spec", "triggers", "0"], "x", "spec.triggers[0]", "must be an object, but is the text \"x\""),
      (["spec", "triggers", "0"], .null, "spec.triggers[0]", "must be an object, but is null"),
      (["spec", "scaleTargetRef"], .null, "spec.scaleTargetRef", "is required"),
      (["spec", "scaleTargetRef", "name"], nil, "spec.scaleTargetRef.name", "is required: write a text"),
      (["spec", "triggers", "0", "metadata"], nil, "spec.triggers[0].metadata", "is required"),
      (["spec", "triggers", "0", "type"], nil, "spec.triggers[0].type", "is required: write a text"),
      (["spec"], nil, "spec", "is required"),
      (["spec", "minReplicas"], 1, "spec.minReplicas", "unknown field: did you mean \"minReplicaCount\"?"),
      (["spec", "trigers"], [], "spec.trigers", "unknown field: did you mean \"triggers\"?"),
      (["spec", "POLLINGINTERVAL"], 5, "spec.POLLINGINTERVAL", "unknown field: did you mean \"pollingInterval\"?"),
      (
        ["spec", "scaleTargetRef", "xyz"], 5, "spec.scaleTargetRef.xyz",
        "unknown field: known here are apiVersion, envSourceContainerName, kind, name"
      ),
      (
        ["spec", "advanced", "horizontalPodAutoscalerConfig", "behavior", "scaleUp", "policies", "0", "seconds"], 5,
        "spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleUp.policies[0].seconds",
        "unknown field: known here are periodSeconds, type, value"
      ),
      (
        ["spec", "advanced", "horizontalPodAutoscalerConfig", "behavior", "scaleUp", "tolerance"], "10%",
        "spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleUp.tolerance",
        "\"10%\" is not a quantity: write a number such as 100, 2.5, 500m, 1k or 1Gi"
      ),
      (
        ["metadata", "labels"], ["example.com/team": 5], "metadata.labels[example.com/team]",
        "must be a text, but is 5: write it in quotes: \"5\""
      ),
    ] as [([String], JSONValue?, String, String)])
  func tellsWhatIsWrong(path: [String], value: JSONValue?, field: String, message: String) {
    let (_, errors) = StrictDecoder.decode(ScaledObject.self, from: Self.valid.setting(path[...], to: value))
    #expect(errors == [FieldError(field: field, message: message)])
  }

  @Test func aValidObjectIsDecoded() throws {
    let (value, errors) = StrictDecoder.decode(ScaledObject.self, from: Self.valid)
    #expect(errors.isEmpty)
    let object = try #require(value)
    #expect(object.metadata.name == "orders" && object.spec.maxReplicaCount == 50)
    #expect(object.spec.triggers.first?.metadata["pendingEntriesCount"] == "10")
    let rules = object.spec.advanced?.horizontalPodAutoscalerConfig?.behavior?.scaleUp
    #expect(rules?.tolerance == Quantity(milliValue: 100))
    #expect(rules?.policies == [HPAScalingPolicy(type: "Pods", value: 4, periodSeconds: 15)])
  }

  @Test func allErrorsAreToldAtOnce() {
    var object = Self.valid
    object = object.setting(["metadata", "name"], to: nil)
    object = object.setting(["spec", "scaleTargetRef", "nam"], to: "x")
    object = object.setting(["spec", "scaleTargetRef", "name"], to: 5)
    object = object.setting(["spec", "pollingInterval"], to: "abc")
    object = object.setting(["spec", "triggers", "0", "metadata", "stream"], to: 5)
    object = object.setting(["spec", "triggers", "0", "typ"], to: "x")
    object = object.setting(["sepc"], to: [:])
    let (value, errors) = StrictDecoder.decode(ScaledObject.self, from: object)
    #expect(value == nil)
    #expect(
      errors.map(\.field) == [
        "metadata.name", "spec.scaleTargetRef.name", "spec.scaleTargetRef.nam", "spec.pollingInterval",
        "spec.triggers[0].metadata.stream", "spec.triggers[0].typ", "sepc",
      ])
  }

  @Test func unknownFieldsAloneLeaveTheValueUsable() {
    let object = Self.valid.setting(["spec", "x"], to: 1)
    let strict = StrictDecoder.decode(ScaledObject.self, from: object)
    #expect(strict.value != nil && strict.errors.count == 1)
    let lenient = StrictDecoder.decode(ScaledObject.self, from: object, unknownFields: .ignored)
    #expect(lenient.value != nil && lenient.errors.isEmpty)
  }

  @Test(arguments: [.null, true, 5, .double(0.5), "x", [], ["x"]] as [JSONValue])
  func somethingElseThanAnObject(json: JSONValue) {
    let (value, errors) = StrictDecoder.decode(ScaledObject.self, from: json)
    #expect(value == nil)
    #expect(errors.count == 1)
    #expect(errors.first?.message.hasPrefix("must be an object, but is ") == true)
  }

  @Test func nullIsAbsent() {
    let object = Self.valid.setting(["spec", "minReplicaCount"], to: .null).setting(["status"], to: .null)
    let (value, errors) = StrictDecoder.decode(ScaledObject.self, from: object)
    #expect(errors.isEmpty && value?.spec.minReplicaCount == nil)
  }

  @Test func valuesAreShortenedAndEscaped() {
    let long = String(repeating: "x", count: 1_000_000) + "\u{1B}[31m"
    let (_, errors) = StrictDecoder.decode(
      ScaledObject.self, from: Self.valid.setting(["spec", "minReplicaCount"], to: .string(long)))
    #expect((errors.first?.message.count ?? 1000) < 150)
    let control = StrictDecoder.decode(
      ScaledObject.self, from: Self.valid.setting(["spec", "minReplicaCount"], to: "\u{1B}[31m\n")
    ).errors
    #expect(control.first?.message.contains("\u{1B}") == false && control.first?.message.contains("\n") == false)
    let key = StrictDecoder.decode(ScaledObject.self, from: Self.valid.setting(["spec", long], to: 1)).errors
    #expect((key.first?.field.count ?? 1000) < 100)
  }

  @Test func secretsAreNeverShown() {
    let secret: JSONValue = [
      "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s"], "data": ["pin": 998877, "other": ["998877"]],
      "stringData": ["pin": .double(998877.5)],
    ]
    let (_, errors) = StrictDecoder.decode(Secret.self, from: secret)
    #expect(errors.map(\.field) == ["data.other", "data.pin", "stringData.pin"])
    let inMetadata = StrictDecoder.decode(
      ScaledObject.self, from: Self.valid.setting(["spec", "triggers", "0", "metadata", "redisPassword"], to: 998877)
    ).errors
    #expect(inMetadata.count == 1)
    let vault: JSONValue = [
      "apiVersion": "keda.sh/v1alpha1", "kind": "TriggerAuthentication", "metadata": ["name": "v"],
      "spec": [
        "hashiCorpVault": [
          "address": "http://v", "authentication": "token", "secrets": [], "credential": ["token": 998877],
        ]
      ],
    ]
    let inVault = StrictDecoder.decode(TriggerAuthentication.self, from: vault).errors
    #expect(inVault.count == 1)
    for error in errors + inMetadata + inVault {
      #expect(!error.description.contains("9988"), "\(error.field)")
      #expect(error.message.contains("must be a text"))
    }
  }

  @Test func thereIsAnEndToErrors() {
    let triggers = JSONValue.array(Array(repeating: .integer(1), count: 10_000))
    let (value, errors) = StrictDecoder.decode(
      ScaledObject.self, from: Self.valid.setting(["spec", "triggers"], to: triggers))
    #expect(value == nil && errors.count == 100)
  }

  @Test func pathsMayBeginElsewhere() {
    let (_, errors) = StrictDecoder.decode(ScaleTarget.self, from: ["name": 5], path: "spec.scaleTargetRef")
    #expect(errors.map(\.field) == ["spec.scaleTargetRef.name"])
  }
}

extension JSONValue {
  /// This value with the one at a path (names, and indices of lists) put in, or taken out for nil.
  func setting(_ path: ArraySlice<String>, to value: JSONValue?) -> JSONValue {
    guard let first = path.first else { return value ?? .null }
    let rest = path.dropFirst()
    switch self {
    case .array(var elements):
      guard let index = Int(first), elements.indices.contains(index) else { return self }
      elements[index] = elements[index].setting(rest, to: value)
      return .array(elements)
    case .object(var fields):
      if rest.isEmpty {
        fields[first] = value
      } else {
        fields[first] = (fields[first] ?? .object([:])).setting(rest, to: value)
      }
      return .object(fields)
    default:
      return self
    }
  }
}
