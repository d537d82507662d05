import ClusterAPI
import Kubernetes

/// What a Cluster is turned into: every owned object as it should be, computed from the Cluster, the settings and, where it
/// is restored from one, the Backup.
///
/// The files beside this one each add one kind. Nothing here reads the world; the controller compares the blueprint
/// with what there is and applies the difference.
struct Blueprint {
  let cluster: Cluster
  let settings: OperatorSettings
  /// The one that `spec.bootstrap.recovery.backup` names, if there is one.
  var recoveryBackup: Backup?

  var name: String { cluster.name }
  var namespace: String { cluster.namespace }
  var spec: ClusterSpec { cluster.spec }
  var currentPrimary: String? { cluster.status?.currentPrimary }

  /// Whether it has been asked to take over, and has not yet.
  func isSwitchoverTarget(_ instance: String) -> Bool {
    instance == cluster.status?.targetPrimary && instance != currentPrimary
  }

  /// The image that is in force: the spec's, or the one that was chosen at creation. One of another major than the data
  /// are of is not: PostgreSQL does not start on them, and nothing converts them yet.
  var image: String {
    let asked = spec.imageName ?? cluster.status?.image ?? settings.postgresImage
    return refusedMajor == nil ? asked : cluster.status?.pgDataImageInfo?.image ?? asked
  }

  /// The major version that the spec asks for although the data are of another.
  var refusedMajor: Int? {
    guard let asked = cluster.requestedMajor, let present = cluster.status?.pgDataImageInfo?.majorVersion else {
      return nil
    }
    return asked == present ? nil : asked
  }

  /// The major version of PostgreSQL.
  var major: Int? { ImageReference(image).version?.major }

  /// The image catalog's major version, where nothing can be made of it: catalogs are not read yet, and the image in force
  /// is of another one.
  var refusedCatalogMajor: Int? {
    guard let asked = spec.imageCatalogRef?.major, asked != major else { return nil }
    return asked
  }

  /// The owner reference that makes the garbage collector remove an object with its Cluster.
  var owner: OwnerReference {
    .with {
      $0.apiVersion = Cluster.resource.apiVersion
      $0.kind = Cluster.resource.kind
      $0.name = name
      $0.uid = cluster.uid
      $0.controller = true
    }
  }

  /// The labels of most objects (contract: "Recommended labels").
  var recommendedLabels: [String: String] {
    var labels = [
      Labels.appName: "postgresql",
      Labels.appInstance: name,
      Labels.appComponent: "database",
      Labels.managedBy: Labels.managedByValue,
    ]
    if let major { labels[Labels.appVersion] = String(major) }
    return labels
  }

  /// An owned object: type, name, owner, and the metadata that everything of a Cluster carries.
  func object<T: APIObject>(
    _ type: T.Type, _ name: String, labels: [String: String] = [:], annotations: [String: String] = [:]
  ) -> T {
    T.named(name, in: namespace) {
      $0.metadata.ownerReferences = [owner]
      $0.metadata.labels = inherited(labels, from: .labels)
        .merging([Labels.cluster: self.name]) { _, fixed in fixed }
      $0.metadata.annotations = inherited(annotations, from: .annotations)
        .merging([Annotations.operatorVersion: Version.matriarch]) { _, fixed in fixed }
    }
  }

  enum Metadata { case labels, annotations }

  /// The keys that objects of the Cluster inherit.
  func inheritedKeys(_ kind: Metadata) -> Set<String> { Set(inherited([:], from: kind).keys) }

  /// Fixed entries first, then `spec.inheritedMetadata`, then what the operator's globs pick from the Cluster itself.
  private func inherited(_ fixed: [String: String], from kind: Metadata) -> [String: String] {
    let declared = kind == .labels ? spec.inheritedMetadata?.labels : spec.inheritedMetadata?.annotations
    let own = kind == .labels ? cluster.labels : cluster.annotations
    let globs = kind == .labels ? settings.inheritedLabels : settings.inheritedAnnotations
    return
      fixed
      .merging(declared ?? [:]) { fixed, _ in fixed }
      .merging(own.filter { key, _ in globs.contains { Glob($0).matches(key) } }) { _, inherited in inherited }
  }
}

/// A shell pattern as in `path.Match`: `*` stands for anything but `/`, `?` for one such character.
struct Glob {
  let pattern: [Character]

  init(_ pattern: String) { self.pattern = Array(pattern) }

  func matches(_ text: String) -> Bool { matches(pattern[...], Array(text)[...]) }

  private func matches(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool {
    guard let head = pattern.first else { return text.isEmpty }
    let rest = pattern.dropFirst()
    switch head {
    case "*":
      var text = text
      while true {
        if matches(rest, text) { return true }
        guard let next = text.first, next != "/" else { return false }
        text = text.dropFirst()
      }
    case "?":
      guard let next = text.first, next != "/" else { return false }
      return matches(rest, text.dropFirst())
    default:
      return text.first == head && matches(rest, text.dropFirst())
    }
  }
}
