internal import Certificates
internal import KubernetesAPI
internal import KubernetesClient

/// An object whose `caBundle` tells the API server which authority to trust: an APIService or a webhook configuration. The
/// parts of both that count here.
struct CABundleHolder: KubernetesObject {
  struct ServiceSpec: Decodable, Sendable {
    struct Service: Decodable, Sendable {
      var namespace: String?
      var name: String?
    }

    var service: Service?
    var caBundle: String?
    var insecureSkipTLSVerify: Bool?
  }

  struct Webhook: Decodable, Sendable {
    struct ClientConfig: Decodable, Sendable { var caBundle: String? }

    var name: String
    var clientConfig: ClientConfig?
  }

  var metadata: ObjectMeta
  /// Of an APIService.
  var spec: ServiceSpec?
  /// Of a ValidatingWebhookConfiguration.
  var webhooks: [Webhook]?

  /// An APIService that is served by somebody else (by KEDA, while both are installed) trusts its own authority.
  func isServed(byOtherThan service: String?) -> Bool {
    guard let service, let named = spec?.service else { return false }
    return service != "\(named.namespace ?? "")/\(named.name ?? "")"
  }

  /// cert-manager puts the bundle in itself where this annotation is: two writers would fight.
  var isInjectedByOthers: Bool {
    (metadata.annotations ?? [:]).keys.contains { $0.hasPrefix("cert-manager.io/inject-") }
  }

  /// Whether everything in it trusts exactly these authorities.
  func holds(_ bundle: PEMBundle, as type: ResourceType) -> Bool {
    if type == .apiServices { return spec?.caBundle.flatMap(PEMBundle.init(base64:)) == bundle }
    return (webhooks ?? []).allSatisfy { $0.clientConfig?.caBundle.flatMap(PEMBundle.init(base64:)) == bundle }
  }

  /// What is to be applied so that it does: the bundles and nothing else. The uid keeps the API server from making an
  /// object that was deleted meanwhile.
  func application(of pem: String, as type: ResourceType) -> JSONValue {
    let bundle = JSONValue.string(CertificateSecret.base64(pem))
    var name: [String: JSONValue] = ["name": .string(metadata.name)]
    if let uid = metadata.uid { name["uid"] = .string(uid) }
    var object: [String: JSONValue] = [
      "apiVersion": .string(type.apiVersion), "kind": .string(type.kind), "metadata": .object(name),
    ]
    if type == .apiServices {
      var fields: [String: JSONValue] = ["caBundle": bundle]
      // The API server does not take a bundle beside it.
      if spec?.insecureSkipTLSVerify == true { fields["insecureSkipTLSVerify"] = false }
      object["spec"] = .object(fields)
    } else {
      object["webhooks"] = .array(
        (webhooks ?? []).map { ["name": .string($0.name), "clientConfig": ["caBundle": bundle]] })
    }
    return .object(object)
  }
}
