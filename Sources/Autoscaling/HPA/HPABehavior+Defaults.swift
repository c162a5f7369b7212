public import KubernetesAPI

extension HPABehavior {
  /// This behavior with every missing field filled in, as the API server and then the controller fill it.
  ///
  /// Filling is per field: a given policy list replaces the default list whole. Defaults: scaleUp window 0, Max of 4
  /// pods and 100 % per 15 s; scaleDown the controller's window, Max of 100 % per 15 s. Tolerance has no default here.
  public func filled(downscaleStabilization: Duration) -> HPABehavior {
    let seconds = Int32(clamping: downscaleStabilization.components.seconds)
    return HPABehavior(
      scaleUp: (scaleUp ?? HPAScalingRules()).filled(
        window: 0,
        policies: [
          HPAScalingPolicy(type: "Pods", value: 4, periodSeconds: 15),
          HPAScalingPolicy(type: "Percent", value: 100, periodSeconds: 15),
        ]),
      scaleDown: (scaleDown ?? HPAScalingRules()).filled(
        window: seconds, policies: [HPAScalingPolicy(type: "Percent", value: 100, periodSeconds: 15)]))
  }
}

extension HPAScalingRules {
  func filled(window: Int32, policies defaultPolicies: [HPAScalingPolicy]) -> HPAScalingRules {
    HPAScalingRules(
      stabilizationWindowSeconds: stabilizationWindowSeconds ?? window, selectPolicy: selectPolicy ?? "Max",
      policies: policies ?? defaultPolicies, tolerance: tolerance)
  }
}
