import Kubernetes
import Logging

/// Which kinds the API server serves, in the version it prefers.
actor APIDiscovery {
  private let client: KubernetesClient
  private var known: [ResourceType] = []

  init(client: KubernetesClient) { self.client = client }

  /// Kinds whose objects can be listed, watched and deleted.
  func resources() async throws -> [ResourceType] {
    if known.isEmpty { try await refresh() }
    return known
  }

  /// The kind that a reference means; nil where the server does not know it.
  func resource(apiVersion: String, kind: String) async throws -> ResourceType? {
    let group = Self.group(apiVersion)
    let matches = { (type: ResourceType) in type.group == group && type.kind == kind }
    if let found = try await resources().first(where: matches) { return found }
    try await refresh()
    return known.first(where: matches)
  }

  /// Whether a definition's kind is among those that were found.
  func covers(_ definition: CustomResourceDefinition) -> Bool {
    known.contains { $0.group == definition.spec.group && $0.plural == definition.spec.names.plural }
  }

  /// Asks the server again.
  func refresh() async throws {
    var groupVersions: [(path: String, group: String, version: String)] = [("/api/v1", "", "v1")]
    let groups = try await client.request(path: "/apis").json()["groups"]?.arrayValue ?? []
    for group in groups {
      guard let name = group["name"]?.stringValue,
        let version = group[path: ["preferredVersion", "version"]]?.stringValue
      else { continue }
      groupVersions.append(("/apis/\(name)/\(version)", name, version))
    }
    var found: [ResourceType] = []
    for (path, group, version) in groupVersions {
      do {
        let list = try await client.request(path: path).json()
        found += (list["resources"]?.arrayValue ?? []).compactMap { Self.resource($0, group, version) }
      } catch let error as APIError where error.isNotFound {
        // The last kind of the group was removed meanwhile.
        continue
      }
    }
    known = found
  }

  static func group(_ apiVersion: String) -> String {
    let parts = apiVersion.split(separator: "/")
    return parts.count == 2 ? String(parts[0]) : ""
  }

  private static func resource(_ entry: JSON, _ group: String, _ version: String) -> ResourceType? {
    let verbs = Set((entry["verbs"]?.arrayValue ?? []).compactMap(\.stringValue))
    guard let plural = entry["name"]?.stringValue, !plural.contains("/"), let kind = entry["kind"]?.stringValue,
      verbs.isSuperset(of: ["list", "watch", "delete"])
    else { return nil }
    return ResourceType(
      group: group, version: version, kind: kind, plural: plural,
      namespaced: entry["namespaced"]?.boolValue ?? true)
  }
}
