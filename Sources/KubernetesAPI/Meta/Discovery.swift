/// `/api`: the versions of the core group.
public struct APIVersions: Codable, Hashable, Sendable {
  public var kind = "APIVersions"
  public var apiVersion: String? = "v1"
  public var versions: [String]
  public var serverAddressByClientCIDRs: [ServerAddressByClientCIDR]?

  public init(versions: [String], serverAddressByClientCIDRs: [ServerAddressByClientCIDR]? = nil) {
    self.versions = versions
    self.serverAddressByClientCIDRs = serverAddressByClientCIDRs
  }
}

public struct ServerAddressByClientCIDR: Codable, Hashable, Sendable {
  public var clientCIDR: String
  public var serverAddress: String

  public init(clientCIDR: String, serverAddress: String) {
    self.clientCIDR = clientCIDR
    self.serverAddress = serverAddress
  }
}

/// `/apis`: every group.
public struct APIGroupList: Codable, Hashable, Sendable {
  public var kind = "APIGroupList"
  public var apiVersion = "v1"
  public var groups: [APIGroup]

  public init(groups: [APIGroup]) { self.groups = groups }
}

/// `/apis/GROUP`, and one entry of `APIGroupList`, where kind and apiVersion are left out.
public struct APIGroup: Codable, Hashable, Sendable {
  public var kind: String?
  public var apiVersion: String?
  public var name: String
  public var versions: [GroupVersionForDiscovery]
  public var preferredVersion: GroupVersionForDiscovery?

  /// - Parameter isListed: an entry of a list, and not a whole answer.
  public init(
    name: String, versions: [GroupVersionForDiscovery], preferredVersion: GroupVersionForDiscovery? = nil,
    isListed: Bool = false
  ) {
    kind = isListed ? nil : "APIGroup"
    apiVersion = isListed ? nil : "v1"
    self.name = name
    self.versions = versions
    self.preferredVersion = preferredVersion
  }
}

public struct GroupVersionForDiscovery: Codable, Hashable, Sendable {
  /// `external.metrics.k8s.io/v1beta1`.
  public var groupVersion: String
  /// `v1beta1`.
  public var version: String

  public init(groupVersion: String, version: String) {
    self.groupVersion = groupVersion
    self.version = version
  }
}

/// `/apis/GROUP/VERSION`: the resources of one version.
public struct APIResourceList: Codable, Hashable, Sendable {
  public var kind = "APIResourceList"
  public var apiVersion: String? = "v1"
  public var groupVersion: String
  public var resources: [APIResource]

  public init(groupVersion: String, resources: [APIResource]) {
    self.groupVersion = groupVersion
    self.resources = resources
  }
}

public struct APIResource: Codable, Hashable, Sendable {
  /// The plural name, or `plural/subresource`.
  public var name: String
  public var singularName: String
  public var namespaced: Bool
  public var group: String?
  public var version: String?
  public var kind: String
  public var verbs: [String]
  public var shortNames: [String]?
  public var categories: [String]?

  public init(
    name: String, singularName: String = "", namespaced: Bool, kind: String, verbs: [String], group: String? = nil,
    version: String? = nil
  ) {
    self.name = name
    self.singularName = singularName
    self.namespaced = namespaced
    self.group = group
    self.version = version
    self.kind = kind
    self.verbs = verbs
  }
}
