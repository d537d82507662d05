import Kubernetes
import Synchronization

/// The resources that are served at this moment. Built-in ones are always there; custom ones come and go with their
/// definitions.
final class ResourceRegistry: Sendable {
  struct GroupVersion: Hashable, Sendable, Comparable {
    var group: String
    var version: String

    static func < (left: Self, right: Self) -> Bool {
      left.group == right.group ? left.version < right.version : left.group < right.group
    }
  }

  private struct Custom: Sendable {
    /// By the name of the CustomResourceDefinition, one for each served version.
    var byDefinition: [String: [ResourceDefinition]] = [:]
    var index: [GroupVersion: [String: ResourceDefinition]] = [:]
    /// Of the latest state of each definition.
    var revisions: [String: Int64] = [:]
    var generation = 0
  }

  private let builtIn: [GroupVersion: [String: ResourceDefinition]]
  private let custom = Mutex(Custom())

  init(builtIn: [ResourceDefinition]) {
    self.builtIn = Self.index(builtIn)
  }

  private static func index(_ resources: [ResourceDefinition]) -> [GroupVersion: [String: ResourceDefinition]] {
    var index: [GroupVersion: [String: ResourceDefinition]] = [:]
    for resource in resources {
      let place = GroupVersion(group: resource.type.group, version: resource.type.version)
      index[place, default: [:]][resource.type.plural] = resource
    }
    return index
  }

  /// Changes whenever what is served changes.
  var generation: Int { custom.withLock { $0.generation } }

  /// Tells the generations of this process from those of another.
  let startTag = String(UInt32.random(in: .min ... .max), radix: 16)

  func find(group: String, version: String, plural: String) -> ResourceDefinition? {
    let place = GroupVersion(group: group, version: version)
    return builtIn[place]?[plural] ?? custom.withLock { $0.index[place]?[plural] }
  }

  /// Any version of a resource by its kind.
  func find(apiVersion: String, kind: String) -> ResourceDefinition? {
    all.first { $0.type.apiVersion == apiVersion && $0.type.kind == kind }
  }

  /// Every resource in every served version, in the order of groups, versions and plurals.
  var all: [ResourceDefinition] {
    let merged = builtIn.merging(custom.withLock { $0.index }) { $0.merging($1) { first, _ in first } }
    return merged.keys.sorted().flatMap { place in
      (merged[place] ?? [:]).values.sorted { $0.type.plural < $1.type.plural }
    }
  }

  /// The resources of a group and version.
  func resources(group: String, version: String) -> [ResourceDefinition] {
    all.filter { $0.type.group == group && $0.type.version == version }
  }

  /// The groups served, each with its versions, the preferred one first (Kubernetes' order of versions: `v2`, `v1`,
  /// `v1beta1`, `v1alpha1`).
  var groups: [(group: String, versions: [String])] {
    var versions: [String: Set<String>] = [:]
    for resource in all { versions[resource.type.group, default: []].insert(resource.type.version) }
    return versions.sorted { $0.key < $1.key }.map { group, versions in
      (group, versions.sorted { VersionPriority($0) > VersionPriority($1) })
    }
  }

  /// Serves the versions of a definition from now on, or none.
  ///
  /// - Parameter revision: of the definition; what an older one says is passed over, since writers of the same
  ///   definition may come here in any order.
  func serve(_ definition: String, _ resources: [ResourceDefinition], revision: Int64) {
    custom.withLock { custom in
      guard revision >= custom.revisions[definition] ?? 0 else { return }
      custom.revisions[definition] = revision
      custom.byDefinition[definition] = resources.isEmpty ? nil : resources
      custom.index = Self.index(custom.byDefinition.values.flatMap { $0 })
      custom.generation += 1
    }
  }
}

/// The order of API versions (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#version-priority):
/// stable before beta before alpha, higher numbers first, anything else last and by name.
struct VersionPriority: Comparable {
  private let key: (rank: Int, major: Int, minor: Int)
  private let name: String

  init(_ version: String) {
    name = version
    guard let match = version.wholeMatch(of: /v([0-9]+)(?:(alpha|beta)([0-9]+))?/), let major = Int(match.1) else {
      key = (0, 0, 0)
      return
    }
    let rank =
      switch match.2 {
      case nil: 3
      case "beta": 2
      default: 1
      }
    key = (rank, major, match.3.flatMap { Int($0) } ?? 0)
  }

  static func == (left: Self, right: Self) -> Bool { left.name == right.name }

  static func < (left: Self, right: Self) -> Bool {
    left.key == right.key ? left.name > right.name : left.key < right.key
  }
}
