import Foundation
import Kubernetes

/// The next step of a deployment: at most one new replica set, and new sizes for those that exist. Every step leads to a
/// change of some replica set, which brings the deployment here again.
struct DeploymentPlan: Sendable {
  static let revisionAnnotation = "deployment.kubernetes.io/revision"
  static let hashLabel = "pod-template-hash"

  /// The replica set of the current template, where there is none yet.
  private(set) var create: ReplicaSet?
  /// New sizes by the replica set's name.
  private(set) var scale: [String: Int] = [:]
  /// Revisions to note, by the replica set's name.
  private(set) var revisions: [String: String] = [:]
  /// Old, empty replica sets beyond the history limit: names.
  private(set) var delete: [String] = []
  /// The revision that the deployment's own annotation should have.
  private(set) var revision: String?
  private(set) var status = DeploymentStatus()
  /// When the progress deadline ends.
  private(set) var recheck: Date?

  private let deployment: Deployment
  private let spec: DeploymentSpec
  private let current: ReplicaSet?
  private let old: [ReplicaSet]
  private var sets: [ReplicaSet] { (current.map { [$0] } ?? []) + old }

  /// - Parameters:
  ///   - sets: the replica sets that the deployment manages, in any order.
  ///   - oldPodsRun: whether pods of old replica sets have not stopped yet; only `Recreate` asks.
  init(_ deployment: Deployment, sets: [ReplicaSet], oldPodsRun: (_ current: ReplicaSet?) -> Bool, now: Date) {
    self.deployment = deployment
    spec = deployment.spec ?? DeploymentSpec()
    let sorted = sets.sorted {
      ($0.metadata.creationTimestamp ?? "", $0.name) < ($1.metadata.creationTimestamp ?? "", $1.name)
    }
    let template = Self.withoutHash(spec.template)
    let current = sorted.first { $0.spec?.template.map(Self.withoutHash) == template }
    self.current = current
    old = sorted.filter { $0.uid != current?.uid }
    guard !deployment.isBeingDeleted else {
      status = deployment.status ?? DeploymentStatus()
      return
    }
    planRevision()
    if spec.paused == true {
      // A paused deployment keeps its revision; only its size follows.
      if let active = onlyActive { resize(active, to: spec.replicas) }
    } else if spec.strategy.type == "Recreate" {
      planRecreation(oldPodsRun: oldPodsRun(current))
    } else {
      planRollingUpdate()
    }
    planCleanUp()
    planStatus(now: now)
  }

  /// A template as the user wrote it.
  static func withoutHash(_ template: PodTemplateSpec) -> PodTemplateSpec {
    var template = template
    template.metadata?.labels?[hashLabel] = nil
    if template.metadata?.labels?.isEmpty == true { template.metadata?.labels = nil }
    if template.metadata == ObjectMeta() { template.metadata = nil }
    return template
  }

  /// The number of a replica set's revision. Anybody may write the annotation, anything in it.
  private static func revision(of set: ReplicaSet) -> Int {
    set.annotations[revisionAnnotation].flatMap { Int32($0) }.map { Int($0) } ?? 0
  }

  /// The replica set that has all the pods, where there is exactly one.
  private var onlyActive: ReplicaSet? {
    let active = sets.filter { ($0.spec?.replicas ?? 0) > 0 }
    return active.count > 1 ? nil : active.first ?? current ?? old.last
  }

  // MARK: Steps

  private mutating func planRevision() {
    let newest = old.map(Self.revision(of:)).max() ?? 0
    if let current {
      let own = Self.revision(of: current)
      if own <= newest { revisions[current.name] = String(newest + 1) }
      revision = String(max(own, newest + 1))
    } else {
      revision = spec.paused == true ? nil : String(newest + 1)
    }
  }

  private mutating func resize(_ set: ReplicaSet, to replicas: Int) {
    if set.spec?.replicas != replicas { scale[set.name] = replicas }
  }

  private mutating func makeCurrent(replicas: Int) {
    let hash = templateHash
    create = .named("\(deployment.name.prefix(52))-\(hash)", in: deployment.namespace) {
      $0.metadata.ownerReferences = [OwnerReference(controller: deployment)]
      $0.metadata.annotations = deployment.annotations.filter {
        $0.key != "kubectl.kubernetes.io/last-applied-configuration" && $0.key != Self.revisionAnnotation
      }
      $0.metadata.annotations?[Self.revisionAnnotation] = revision
      var template = spec.template
      var metadata = template.metadata ?? ObjectMeta()
      metadata.labels = (metadata.labels ?? [:]).merging([Self.hashLabel: hash]) { $1 }
      template.metadata = metadata
      $0.metadata.labels = metadata.labels
      var selector = spec.selector
      selector.matchLabels = (selector.matchLabels ?? [:]).merging([Self.hashLabel: hash]) { $1 }
      $0.spec = .with {
        $0.replicas = replicas
        $0.minReadySeconds = spec.minReadySeconds
        $0.selector = selector
        $0.template = template
      }
    }
  }

  /// Differs where the template does, and where a name was taken by chance.
  private var templateHash: String {
    let text = (try? JSON(encoding: Self.withoutHash(spec.template)).text) ?? ""
    return SafeHash.text(of: "\(text)#\(deployment.status?.collisionCount ?? 0)")
  }

  private mutating func planRecreation(oldPodsRun: Bool) {
    for set in old { resize(set, to: 0) }
    guard scale.isEmpty, !oldPodsRun else { return }
    if let current { resize(current, to: spec.replicas) } else { makeCurrent(replicas: spec.replicas) }
  }

  private mutating func planRollingUpdate() {
    let (surge, unavailable) = limits
    let total = sets.reduce(0) { $0 + ($1.spec?.replicas ?? 0) }
    let room = max(0, spec.replicas + surge - total)
    guard let current else {
      return makeCurrent(replicas: min(spec.replicas, room))
    }
    let size = current.spec?.replicas ?? 0
    if size > spec.replicas {
      resize(current, to: spec.replicas)
    } else if size < spec.replicas, room > 0 {
      resize(current, to: min(spec.replicas, size + room))
    }
    shrinkOld(total: total, least: spec.replicas - unavailable, newSize: size)
  }

  /// Takes away old pods as far as enough others are available; those that do not work go first.
  private mutating func shrinkOld(total: Int, least: Int, newSize: Int) {
    let newUnavailable = newSize - (current?.status?.availableReplicas ?? 0)
    var budget = total - least - newUnavailable
    var sizes = old.map { $0.spec?.replicas ?? 0 }
    for (index, set) in old.enumerated() where budget > 0 {
      let broken = min(budget, sizes[index] - (set.status?.availableReplicas ?? 0))
      guard broken > 0 else { continue }
      sizes[index] -= broken
      budget -= broken
    }
    let available = sets.reduce(0) { $0 + ($1.status?.availableReplicas ?? 0) }
    var spare = min(max(0, budget), available - least)
    for index in old.indices where spare > 0 {
      let step = min(spare, sizes[index])
      sizes[index] -= step
      spare -= step
    }
    for (set, size) in zip(old, sizes) { resize(set, to: max(0, size)) }
  }

  /// `maxSurge` rounded up and `maxUnavailable` rounded down; at least one of them moves.
  private var limits: (surge: Int, unavailable: Int) {
    let rolling = spec.strategy.rollingUpdate ?? RollingUpdateDeployment()
    let surge = max(0, rolling.maxSurge.resolved(of: spec.replicas, roundingUp: true) ?? 0)
    let unavailable = max(0, rolling.maxUnavailable.resolved(of: spec.replicas, roundingUp: false) ?? 0)
    return surge == 0 && unavailable == 0 ? (0, 1) : (surge, min(unavailable, spec.replicas))
  }

  private mutating func planCleanUp() {
    let empty = old.filter {
      $0.spec?.replicas == 0 && ($0.status?.replicas ?? 0) == 0 && !$0.isBeingDeleted
    }
    let excess = empty.count - max(0, spec.revisionHistoryLimit)
    guard isComplete, excess > 0 else { return }
    delete = empty.sorted { Self.revision(of: $0) < Self.revision(of: $1) }.prefix(excess).map(\.name)
  }

  // MARK: Status

  private var isComplete: Bool {
    guard let status = current?.status, create == nil else { return false }
    return status.availableReplicas ?? 0 >= spec.replicas && current?.spec?.replicas == spec.replicas
      && old.allSatisfy { ($0.status?.replicas ?? 0) == 0 && $0.spec?.replicas == 0 }
  }

  private mutating func planStatus(now: Date) {
    let before = deployment.status ?? DeploymentStatus()
    var status = before
    let sum = { [sets] (value: (ReplicaSetStatus) -> Int?) in sets.reduce(0) { $0 + ($1.status.flatMap(value) ?? 0) } }
    status.observedGeneration = deployment.metadata.generation
    status.replicas = sum { $0.replicas }
    status.readyReplicas = sum { $0.readyReplicas }
    status.availableReplicas = sum { $0.availableReplicas }
    status.terminatingReplicas = sum { $0.terminatingReplicas }
    status.updatedReplicas = current?.status?.replicas ?? 0
    let wanted = sets.reduce(0) { $0 + ($1.spec?.replicas ?? 0) }
    status.unavailableReplicas = max(0, max(wanted, spec.replicas) - (status.availableReplicas ?? 0))

    var conditions = DeploymentConditions(before.conditions ?? [], now: now)
    let enough = (status.availableReplicas ?? 0) >= spec.replicas - limits.unavailable
    conditions.set(
      "Available", enough, reason: enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
      message: enough
        ? "Deployment has minimum availability." : "Deployment does not have minimum availability.")
    recheck = conditions.setProgress(
      of: deployment.name, set: current?.name ?? create?.name, before: before, after: status, isComplete: isComplete,
      isNew: create != nil, isPaused: spec.paused == true, deadline: TimeInterval(spec.progressDeadlineSeconds))
    status.conditions = conditions.all
    self.status = status
  }
}
