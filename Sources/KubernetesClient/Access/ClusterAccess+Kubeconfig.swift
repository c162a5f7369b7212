internal import Foundation
internal import Yams

extension ClusterAccess {
  /// Reads kubeconfig files as kubectl does.
  /// - Parameters:
  ///   - path: one file, or several with colons between them as in the variable KUBECONFIG; those that do not exist are
  ///     then skipped.
  ///   - context: instead of the file's current context.
  /// - Throws: `badConfiguration`, which names the file, the entry and what to write instead.
  public static func kubeconfig(path: String, context: String? = nil) throws(KubernetesError) -> ClusterAccess {
    let isOne = !path.contains(":") || FileManager.default.fileExists(atPath: path)
    let paths = isOne ? [path] : path.split(separator: ":").map(String.init)
    var merged: Kubeconfig?
    for path in paths {
      guard let data = FileManager.default.contents(atPath: path) else {
        if !isOne, !FileManager.default.fileExists(atPath: path) { continue }
        throw .badConfiguration("the kubeconfig file \(path) cannot be read: does it exist, and may this user read it?")
      }
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
      let file = try parse(String(decoding: data, as: UTF8.self), folder: folder, origin: "kubeconfig \(path)")
      if merged == nil { merged = file } else { merged?.merge(file) }
    }
    guard let merged else { throw .badConfiguration("none of the kubeconfig files \(path) exists") }
    return try access(merged, context: context, origin: "kubeconfig \(path)")
  }

  /// The same with a file's text.
  /// - Parameter folder: where relative paths in it begin.
  public static func kubeconfig(
    text: String, folder: String, context: String? = nil
  ) throws(KubernetesError) -> ClusterAccess {
    try access(parse(text, folder: folder, origin: "kubeconfig"), context: context, origin: "kubeconfig")
  }

  private static func parse(_ text: String, folder: String, origin: String) throws(KubernetesError) -> Kubeconfig {
    do {
      var file = try YAMLDecoder().decode(Kubeconfig.self, from: text)
      file.setFolder(folder)
      return file
    } catch let error as DecodingError {
      throw .badConfiguration("\(origin): \(yamlProblem(error))")
    } catch let error as YamlError {
      throw .badConfiguration("\(origin) is not YAML: \(yamlProblem(error))")
    } catch {
      throw .badConfiguration("\(origin) cannot be read as YAML")
    }
  }

  /// Without the text around the place, which may hold a secret.
  private static func yamlProblem(_ error: YamlError) -> String {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      "line \(mark.line), column \(mark.column): \(problem)"
    default: "it cannot be parsed"
    }
  }

  private static func yamlProblem(_ error: DecodingError) -> String {
    if case .dataCorrupted(let context) = error, let cause = context.underlyingError as? YamlError {
      return "this is not YAML: \(yamlProblem(cause))"
    }
    return DecodingFailure.text(error)
  }

  private static func access(
    _ file: Kubeconfig, context wanted: String?, origin: String
  ) throws(KubernetesError) -> ClusterAccess {
    let contexts = file.contexts ?? []
    func named(_ names: [String]) -> String {
      names.isEmpty ? "it has none" : "it has " + names.joined(separator: ", ")
    }
    guard let name = wanted ?? file.currentContext, !name.isEmpty else {
      throw .badConfiguration(
        "\(origin) has no current-context: set one with `kubectl config use-context NAME` "
          + "(\(named(contexts.map(\.name))))")
    }
    guard let context = contexts.first(where: { $0.name == name })?.value else {
      throw .badConfiguration("\(origin) has no context \"\(name)\": \(named(contexts.map(\.name)))")
    }
    let clusterName = context.cluster ?? ""
    guard let cluster = file.clusters?.first(where: { $0.name == clusterName }) else {
      throw .badConfiguration("\(origin): the cluster \"\(clusterName)\" of context \"\(name)\" is not in it")
    }
    let userName = context.user ?? ""
    let user = file.users?.first { $0.name == userName }
    guard userName.isEmpty || user != nil else {
      throw .badConfiguration("\(origin): the user \"\(userName)\" of context \"\(name)\" is not in it")
    }
    let reader = KubeconfigReader(origin: origin)
    var access = try reader.access(cluster, namespace: context.namespace)
    if let user { try reader.logIn(user, &access) }
    return access
  }
}
