import Kubernetes

/// The documents by which clients find out what is served: `/api`, `/apis` and each group's version.
struct Discovery: Sendable {
  let registry: ResourceRegistry
  let serverAddress: String

  var coreVersions: JSON {
    [
      "kind": "APIVersions", "versions": ["v1"],
      "serverAddressByClientCIDRs": [["clientCIDR": "0.0.0.0/0", "serverAddress": .string(serverAddress)]],
    ]
  }

  var groups: JSON {
    let groups = registry.groups.filter { !$0.group.isEmpty }.map(group)
    return ["kind": "APIGroupList", "apiVersion": "v1", "groups": .array(groups)]
  }

  func group(named name: String) -> JSON? {
    guard let found = registry.groups.first(where: { $0.group == name && !name.isEmpty }) else { return nil }
    var group = group(found)
    group["kind"] = "APIGroup"
    group["apiVersion"] = "v1"
    return group
  }

  private func group(_ group: (group: String, versions: [String])) -> JSON {
    let versions = group.versions.map { version -> JSON in
      ["groupVersion": .string("\(group.group)/\(version)"), "version": .string(version)]
    }
    return ["name": .string(group.group), "versions": .array(versions), "preferredVersion": versions.first ?? [:]]
  }

  func resources(group: String, version: String) -> JSON? {
    let found = registry.resources(group: group, version: version)
    guard !found.isEmpty else { return nil }
    return [
      "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": .string(found[0].type.apiVersion),
      "resources": .array(found.flatMap(entries)),
    ]
  }

  private func entries(_ resource: ResourceDefinition) -> [JSON] {
    let type = resource.type
    var main: JSON = [
      "name": .string(type.plural), "singularName": .string(type.singular), "namespaced": .bool(type.isNamespaced),
      "kind": .string(type.kind), "verbs": .array(resource.verbs.map { .string($0) }),
    ]
    if !type.shortNames.isEmpty { main["shortNames"] = .array(type.shortNames.map { .string($0) }) }
    if !type.categories.isEmpty { main["categories"] = .array(type.categories.map { .string($0) }) }
    if !resource.isTransient { main["storageVersionHash"] = .string("") }
    return [main]
      + resource.subresources.map { name, details in
        var entry: JSON = [
          "name": .string("\(type.plural)/\(name)"), "singularName": "", "namespaced": .bool(type.isNamespaced),
          "kind": .string(details.kind ?? type.kind), "verbs": .array(details.verbs.map { .string($0) }),
        ]
        if let group = details.group { entry["group"] = .string(group) }
        if let version = details.version { entry["version"] = .string(version) }
        return entry
      }
  }

  // MARK: Aggregated discovery

  /// Everything in one document (`apidiscovery.k8s.io/v2`), which kubectl asks for first.
  func aggregated(core: Bool) -> JSON {
    let groups = registry.groups.filter { $0.group.isEmpty == core }
    return [
      "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": [:],
      "items": .array(
        groups.map { group, versions in
          [
            "metadata": group.isEmpty ? [:] : ["name": .string(group)],
            "versions": .array(
              versions.map { version in
                [
                  "version": .string(version), "freshness": "Current",
                  "resources": .array(
                    registry.resources(group: group, version: version).map(aggregatedEntry)),
                ]
              }),
          ]
        }),
    ]
  }

  private func aggregatedEntry(_ resource: ResourceDefinition) -> JSON {
    let type = resource.type
    func kind(_ group: String, _ version: String, _ kind: String) -> JSON {
      ["group": .string(group), "version": .string(version), "kind": .string(kind)]
    }
    var entry: JSON = [
      "resource": .string(type.plural), "responseKind": kind(type.group, type.version, type.kind),
      "scope": type.isNamespaced ? "Namespaced" : "Cluster", "singularResource": .string(type.singular),
      "verbs": .array(resource.verbs.map { .string($0) }),
    ]
    if !type.shortNames.isEmpty { entry["shortNames"] = .array(type.shortNames.map { .string($0) }) }
    if !type.categories.isEmpty { entry["categories"] = .array(type.categories.map { .string($0) }) }
    let subresources = resource.subresources.map { name, details -> JSON in
      [
        "subresource": .string(name),
        "responseKind": kind(
          details.group ?? type.group, details.version ?? type.version, details.kind ?? type.kind),
        "verbs": .array(details.verbs.map { .string($0) }),
      ]
    }
    if !subresources.isEmpty { entry["subresources"] = .array(subresources) }
    return entry
  }
}

extension ResourceDefinition {
  struct Subresource {
    var kind: String?
    var group: String?
    var version: String?
    var verbs: [String]
  }

  /// The subresources in the order of their names.
  var subresources: [(name: String, details: Subresource)] {
    var found: [(String, Subresource)] = []
    if hasStatus { found.append(("status", Subresource(verbs: ["get", "patch", "update"]))) }
    if scale != nil {
      found.append(
        ("scale", Subresource(kind: "Scale", group: "autoscaling", version: "v1", verbs: ["get", "patch", "update"])))
    }
    for name in otherSubresources {
      switch name {
      case "binding": found.append((name, Subresource(kind: "Binding", verbs: ["create"])))
      case "eviction":
        found.append((name, Subresource(kind: "Eviction", group: "policy", version: "v1", verbs: ["create"])))
      case "token":
        found.append(
          (name, Subresource(kind: "TokenRequest", group: "authentication.k8s.io", version: "v1", verbs: ["create"])))
      case "log": found.append((name, Subresource(verbs: ["get"])))
      case "exec": found.append((name, Subresource(kind: "PodExecOptions", verbs: ["create", "get"])))
      case "attach": found.append((name, Subresource(kind: "PodAttachOptions", verbs: ["create", "get"])))
      case "proxy":
        found.append(
          (
            name,
            Subresource(
              kind: storeName == "pods" ? "PodProxyOptions" : "ServiceProxyOptions",
              verbs: ["create", "delete", "get", "patch", "update"])
          ))
      case "finalize": found.append((name, Subresource(verbs: ["update"])))
      default: break
      }
    }
    return found.sorted { $0.0 < $1.0 }
  }
}
