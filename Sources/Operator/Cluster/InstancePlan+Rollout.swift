import ClusterAPI
import Kubernetes

extension InstancePlan {
  /// Brings pods whose specification is out of date up to date, and restarts where PostgreSQL's parameters need it:
  /// standbys first, from the highest serial down, the primary last, one at a time and only while every instance is
  /// ready.
  ///
  /// The order is right for parameters in which a standby must not go below its primary, too. Raised, the standbys take
  /// them first. Lowered, a standby keeps to what its control file records, so that none asks for a restart before the
  /// primary has had its own.
  mutating func rollOut(_ blueprint: Blueprint, _ observed: ObservedCluster, _ instances: [InstanceName]) {
    replaceStuckPods(blueprint, observed, instances)
    guard instances.count == blueprint.spec.instances,
      instances.allSatisfy({ observed.pod($0)?.isReady == true })
    else { return }
    let restarts = pendingRestarts(blueprint, observed, instances)
    // Nobody knows how they are: nothing is restarted.
    if observed.isUnreachable { return }
    let primary = blueprint.cluster.status?.currentPrimary
    let outdated = instances.compactMap { instance in
      observed.pod(instance).flatMap { pod in Self.drift(blueprint, instance, pod).map { (instance, $0) } }
        ?? (restarts.contains(instance) ? (instance, Self.restartReason) : nil)
    }
    if let (instance, why) = outdated.last(where: { $0.0.text != primary }) {
      actions.append(.deletePod(name: instance.text, reason: .outdated(why)))
      phase = Phase.upgrade
      reason = "Restarting instance \(instance.text), because: \(why)"
    } else if let (instance, why) = outdated.first {
      updatePrimary(blueprint, observed, instance, why, instances)
    }
  }

  /// A pod that is out of date and does not become ready will not do so by being waited for; what mends it stands in the
  /// new specification. That is plain of one that cannot start (no such image, no node for it) and of one whose container
  /// ended before. One that runs may be recovering or being filled: it is replaced if it is a standby and nobody else is
  /// missing.
  private mutating func replaceStuckPods(
    _ blueprint: Blueprint, _ observed: ObservedCluster, _ instances: [InstanceName]
  ) {
    for instance in instances {
      guard let pod = observed.pod(instance), pod.isActive, !pod.isReady else { continue }
      let isStandby = blueprint.currentPrimary != nil && blueprint.currentPrimary != instance.text
      let isTheOnlyOne = instances.allSatisfy { $0 == instance || observed.pod($0)?.isReady == true }
      let isStuck = pod.waitingReason != nil || pod.unschedulableReason != nil || pod.hasRestarted
      guard isStuck || (isStandby && isTheOnlyOne), let why = Self.drift(blueprint, instance, pod) else { continue }
      actions.append(.deletePod(name: instance.text, reason: .outdated(why)))
    }
  }

  private mutating func updatePrimary(
    _ blueprint: Blueprint, _ observed: ObservedCluster, _ instance: InstanceName, _ why: String,
    _ instances: [InstanceName]
  ) {
    let needsOnlyRestart = why == Self.restartReason
    if needsOnlyRestart, observed.reports[instance.text]?.pendingRestartForDecrease == true {
      // Not a user's decision: until it is done, no standby can follow it with lower values.
      phase = Phase.applyingConfiguration
      reason = "Decrease of hot standby sensitive parameters"
    } else if blueprint.spec.primaryUpdateStrategy == .supervised {
      phase = Phase.waitingForUser
      reason = "User must issue a supervised switchover"
    } else if blueprint.spec.primaryUpdateMethod == .switchover, instances.count > 1 {
      // It is a standby afterwards, and its turn comes as such.
      if !switchOver(from: instance, .outdated(why), blueprint, observed, instances) {
        phase = Phase.upgrade
        reason = "No instance can take over from \(instance.text), which is to be restarted because: \(why)"
      }
    } else if needsOnlyRestart {
      // The phase is the order: the primary restarts postgres in its container, and then says that it has.
      phase = Phase.inPlacePrimaryRestart
      reason = "Restarting instance \(instance.text), because: \(why)"
    } else {
      actions.append(.deletePod(name: instance.text, reason: .outdated(why)))
      phase = Phase.primaryRestartWithoutSwitchover
      reason = "Restarting instance \(instance.text), because: \(why)"
    }
  }

  static let restartReason = "parameters changed that PostgreSQL takes at its start only"

  /// The instances that wait for a restart, once all of them run with the same configuration. Until then the phase says
  /// that it is on its way.
  private mutating func pendingRestarts(
    _ blueprint: Blueprint, _ observed: ObservedCluster, _ instances: [InstanceName]
  ) -> Set<InstanceName> {
    let reports = instances.map { observed.reports[$0.text] }
    let status = blueprint.cluster.status
    guard reports.allSatisfy({ $0 != nil }) else {
      let primary = status?.currentPrimary ?? ""
      let isRestarting = status?.phase == Phase.inPlacePrimaryRestart || status?.phase == Phase.applyingConfiguration
      if isRestarting, observed.reports[primary] == nil {
        phase = status?.phase ?? phase
        reason = status?.phaseReason ?? ""
      }
      return []
    }
    let waiting = zip(instances, reports).filter { $0.1?.pendingRestart == true }.map(\.0)
    guard !waiting.isEmpty else { return [] }
    guard Set(reports.map { $0?.loadedConfigurationHash }).count == 1 else {
      phase = Phase.applyingConfiguration
      reason = "PostgreSQL configuration changed"
      return []
    }
    return Set(waiting)
  }

  /// Why a pod differs from its blueprint; nil where it does not.
  static func drift(_ blueprint: Blueprint, _ instance: InstanceName, _ pod: Pod) -> String? {
    let wanted = blueprint.pod(instance)
    let restart = wanted.annotations[Annotations.restartedAt]
    if let restart, restart != pod.annotations[Annotations.restartedAt] {
      return "the annotation \(Annotations.restartedAt) asks for a restart"
    }
    guard blueprint.cluster.annotations[Annotations.reconcilePodSpec] != "disabled",
      let before = pod.annotations[Annotations.podSpec].flatMap({ try? JSON(parsing: $0) }),
      let after = wanted.annotations[Annotations.podSpec].flatMap({ try? JSON(parsing: $0) }), before != after
    else { return nil }
    return "original and target PodSpec differ in \(difference(before, after))"
  }

  /// The first member that differs: `containers: container postgres differs in image`.
  private static func difference(_ before: JSON, _ after: JSON) -> String {
    let names = Set((before.objectValue ?? [:]).keys).union((after.objectValue ?? [:]).keys).sorted()
    guard let name = names.first(where: { before[$0] != after[$0] }) else { return "their values" }
    guard name == "containers" || name == "initContainers", let old = before[name]?.arrayValue,
      let new = after[name]?.arrayValue
    else { return name }
    for container in new {
      guard let containerName = container["name"]?.stringValue,
        let previous = old.first(where: { $0["name"]?.stringValue == containerName }), previous != container
      else { continue }
      let members = Set((previous.objectValue ?? [:]).keys).union((container.objectValue ?? [:]).keys).sorted()
      let member = members.first { previous[$0] != container[$0] } ?? "its values"
      return "\(name): container \(containerName) differs in \(member)"
    }
    return name
  }
}
