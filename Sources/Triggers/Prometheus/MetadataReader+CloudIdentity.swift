internal import KubernetesAPI

extension MetadataReader {
  /// Managed Prometheus servers of the clouds want signed requests or tokens, which this version cannot make. Where
  /// KEDA would make them, that is a problem; where KEDA would ask without them, Swell does too.
  mutating func checkCloudIdentity(hasAuthModes: Bool) {
    let region = value(Parameter("awsRegion", from: .metadata, .authentication))
    let owner = text(Parameter("identityOwner", from: .metadata))
    let hasKeys = hasAWSCredentials()
    let google =
      value(Parameter("credentials", from: .environment))
      ?? value(Parameter("GoogleApplicationCredentials", from: .authentication))
    let googleFile = value(Parameter("credentialsFromEnvFile", from: .metadata))

    let identity = declaration.podIdentity == "none" ? "" : declaration.podIdentity
    if hasAuthModes {
      if !identity.isEmpty {
        fail(
          "metadata.authModes",
          "cannot be combined with the pod identity \"\(shortened(identity))\": remove one of them")
      }
      return
    }
    let advice =
      "is not supported by this version of Swell for prometheus: use authModes, or a proxy that signs requests"
    if !identity.isEmpty {
      fail("authenticationRef", "the pod identity \"\(shortened(identity))\" \(advice)")
    } else if let google = google ?? googleFile {
      fail(google.field, "authentication with Google credentials \(advice)")
    } else if let region {
      if owner == "operator" || hasKeys {
        fail(region.field, "signing requests for AWS \(advice)")
      } else {
        note(region.field, "has no effect without AWS credentials: requests are not signed")
      }
    }
  }

  private mutating func hasAWSCredentials() -> Bool {
    if value(Parameter("awsRoleArn", from: .authentication)) != nil { return true }
    let key = value(Parameter("awsAccessKeyID", "awsAccessKeyId", from: .authentication, .metadata, .environment))
    let secret = value(Parameter("awsSecretAccessKey", from: .authentication, .environment))
    return key != nil && secret != nil
  }
}
