public import KubernetesAPI
public import Questions

/// The environment of a container as the kubelet would make it, for `…FromEnv` and `env` of a TriggerAuthentication.
///
/// As KEDA does it: `envFrom` first, then `env`; `$(NAME)` sees what was resolved before it, `$$` is a dollar sign;
/// field references are left out.
public struct EnvironmentResolver {
  private let objects: any ConfigurationObjects
  private let namespace: String
  private var environment: [String: SecretText] = [:]
  private var errors: [FieldError] = []

  private init(objects: any ConfigurationObjects, namespace: String) {
    self.objects = objects
    self.namespace = namespace
  }

  /// - Parameter container: the first container when nil.
  /// - Returns: the environment, empty for a workload without pod template, and what could not be resolved; `field` names
  ///   where the user wrote the container's name.
  public static func environment(
    of workload: Workload?, container name: String?, field: String, objects: any ConfigurationObjects, namespace: String
  ) -> (environment: [String: SecretText], errors: [FieldError]) {
    guard let containers = workload?.spec?.template?.spec?.containers, !containers.isEmpty else { return ([:], []) }
    guard let container = workload?.container(named: name) else {
      let known = containers.map(\.name).joined(separator: ", ")
      let message = "\"\(shortened(name ?? ""))\" is no container of the scale target: write one of \(known)"
      return ([:], [FieldError(field: field, message: message)])
    }
    var resolver = EnvironmentResolver(objects: objects, namespace: namespace)
    for source in container.envFrom ?? [] { resolver.add(source) }
    for variable in container.env ?? [] { resolver.add(variable) }
    return (resolver.environment, resolver.errors)
  }

  private mutating func add(_ source: EnvironmentSource) {
    let prefix = source.prefix ?? ""
    if let reference = source.configMapRef {
      guard let map = objects.configMap(reference.name, namespace: namespace) else {
        return missing("ConfigMap", reference.name, unless: reference.optional)
      }
      for (key, value) in map.data ?? [:] { environment[prefix + key] = SecretText(value) }
    }
    if let reference = source.secretRef {
      guard let secret = objects.secret(reference.name, namespace: namespace) else {
        return missing("Secret", reference.name, unless: reference.optional)
      }
      for key in secret.keys { environment[prefix + key] = secret.value(forKey: key).map(SecretText.init) }
    }
  }

  private mutating func add(_ variable: EnvironmentVariable) {
    if let value = variable.value, !value.isEmpty {
      environment[variable.name] = SecretText(expanded(value))
    } else if let reference = variable.valueFrom?.secretKeyRef {
      guard let secret = objects.secret(reference.name, namespace: namespace) else {
        return missing("Secret", reference.name, unless: reference.optional)
      }
      // Without the key the variable is not set: whoever needs it says so, the others need not care.
      environment[variable.name] = secret.value(forKey: reference.key).map(SecretText.init)
    } else if let reference = variable.valueFrom?.configMapKeyRef {
      guard let map = objects.configMap(reference.name, namespace: namespace) else {
        return missing("ConfigMap", reference.name, unless: reference.optional)
      }
      environment[variable.name] = map.data?[reference.key].map(SecretText.init)
    } else if variable.valueFrom == nil {
      environment[variable.name] = SecretText("")
    }
  }

  private mutating func missing(_ kind: String, _ name: String, unless optional: Bool?) {
    guard optional != true else { return }
    errors.append(
      FieldError(
        field: "scaleTargetRef",
        message: "the container's environment needs \(kind) \(namespace)/\(name), which does not exist: create it, or "
          + "mark the reference optional"))
  }

  /// `$(NAME)` → its value where it is known, left as it is otherwise; `$$` → `$`.
  private func expanded(_ text: String) -> String {
    guard text.utf8.contains(0x24) else { return text }
    var result = ""
    var rest = Substring(text)
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[rest.index(after: dollar)...]
      if rest.first == "$" {
        result.append("$")
        rest = rest.dropFirst()
      } else if rest.first == "(", let end = rest.firstIndex(of: ")") {
        let name = String(rest[rest.index(after: rest.startIndex)..<end])
        result += environment[name]?.reveal() ?? "$(\(name))"
        rest = rest[rest.index(after: end)...]
      } else {
        result.append("$")
      }
    }
    return result + rest
  }
}
