internal import KubernetesClient
internal import Logging
internal import Polling

extension FailureLog<String> {
  /// For the objects that Swell's certificates depend on and that are watched by name.
  static func ofCertificates(_ logger: Logger, _ time: any TimeSource) -> FailureLog<String> {
    FailureLog(
      logger, .error, time: time, label: "object",
      problem: "an object of Swell's certificates cannot be followed; trying again",
      end: "an object of Swell's certificates is followed again",
      advice: "if this is forbidden, allow get, list and watch on it: deploy/base has the Roles")
  }
}

extension [CABundleKeeper] {
  /// Those that cannot be followed now.
  var failures: [String: KubernetesError] {
    reduce(into: [:]) { all, keeper in all.merge(keeper.failures) { $1 } }
  }
}
