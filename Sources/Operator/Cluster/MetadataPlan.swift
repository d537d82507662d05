import ClusterAPI
import Kubernetes

/// A change to the labels and annotations of an object that is made once and then only decorated.
struct MetadataChange: Equatable {
  enum Kind { case pod, claim, secret }

  let kind: Kind
  let name: String
  var labels: [String: String] = [:]
  var annotations: [String: String] = [:]
  /// Of the object it was computed from: an instance that has just become primary has labelled itself.
  var version: String?

  var isEmpty: Bool { labels.isEmpty && annotations.isEmpty }

  /// As a merge patch.
  var patch: JSON {
    var metadata: JSON = [:]
    if let version { metadata["resourceVersion"] = .string(version) }
    if !labels.isEmpty { metadata["labels"] = .object(labels.mapValues { .string($0) }) }
    if !annotations.isEmpty { metadata["annotations"] = .object(annotations.mapValues { .string($0) }) }
    return ["metadata": metadata]
  }
}

/// Brings metadata of pods, volumes and passwords up to date: roles, by which services find the primary and which follow
/// `status.currentPrimary`, and what is inherited from the Cluster.
struct MetadataPlan {
  let blueprint: Blueprint
  let observed: ObservedCluster
  /// The Secrets with passwords.
  var passwords: [Secret] = []
  /// Who holds the Lease by now; nil where that is not known. It has labelled itself, or is about to, before the status
  /// names it.
  var holder: String?

  /// Entries that have a life of their own once the object is made.
  private static let kept: Set = [
    Annotations.podSpec, Annotations.restartedAt, Annotations.pvcStatus, Labels.instanceRole, Labels.legacyRole,
  ]

  /// Whether any of the changes is about a role.
  var changesRoles: Bool { changes.contains { $0.labels[Labels.instanceRole] != nil } }

  var changes: [MetadataChange] {
    (observed.pods.filter(\.isActive).map(change) + observed.claims.filter { !$0.isBeingDeleted }.map(change)
      + passwords.compactMap(change)).filter { !$0.isEmpty }
  }

  private func change(_ pod: Pod) -> MetadataChange {
    var change = MetadataChange(kind: .pod, name: pod.name, version: pod.metadata.resourceVersion)
    if let instance = InstanceName(pod.name, cluster: blueprint.name) {
      inherit(from: blueprint.pod(instance), to: pod, &change)
    }
    label(pod, as: pod.name, &change)
    return change
  }

  private func change(_ claim: PersistentVolumeClaim) -> MetadataChange {
    var change = MetadataChange(kind: .claim, name: claim.name)
    let name = claim.labels[Labels.instanceName] ?? ""
    if let instance = InstanceName(name, cluster: blueprint.name),
      let volume = blueprint.volumes(of: instance).first(where: { $0.claimName == claim.name })
    {
      inherit(from: blueprint.claim(volume), to: claim, &change)
    }
    label(claim, as: name, &change)
    let isFilled = observed.pods.contains { $0.name == name && $0.isReady }
    if blueprint.currentPrimary != nil, isFilled, claim.annotations[Annotations.pvcStatus] != "ready" {
      change.annotations[Annotations.pvcStatus] = "ready"
    }
    return change
  }

  /// The password itself is never looked at.
  private func change(_ secret: Secret) -> MetadataChange? {
    guard secret.isOwned(by: blueprint.cluster),
      let wanted = [blueprint.applicationSecret(password: ""), blueprint.superuserSecret(password: "")]
        .compactMap({ $0 }).first(where: { $0.name == secret.name })
    else { return nil }
    return MetadataChange(
      kind: .secret, name: secret.name, labels: wanted.labels.filter { secret.labels[$0.key] != $0.value },
      annotations: wanted.annotations.filter { secret.annotations[$0.key] != $0.value })
  }

  private func label(_ object: some APIObject, as instance: String, _ change: inout MetadataChange) {
    guard let primary = blueprint.currentPrimary else { return }
    guard holder == nil || (instance == holder) == (instance == primary) else { return }
    let role: InstanceRole = instance == primary ? .primary : .replica
    for label in [Labels.instanceRole, Labels.legacyRole] where object.labels[label] != role.rawValue {
      change.labels[label] = role.rawValue
    }
  }

  /// What the Cluster hands down, as far as it differs. What it no longer hands down stays: who else relies on it by now
  /// is not known here.
  private func inherit(from wanted: some APIObject, to live: some APIObject, _ change: inout MetadataChange) {
    for key in blueprint.inheritedKeys(.labels) where !Self.kept.contains(key) && live.labels[key] != wanted.labels[key]
    {
      change.labels[key] = wanted.labels[key]
    }
    for key in blueprint.inheritedKeys(.annotations)
    where !Self.kept.contains(key) && live.annotations[key] != wanted.annotations[key] {
      change.annotations[key] = wanted.annotations[key]
    }
  }
}
