import ClusterAPI
import Kubernetes

extension InstancePlan {
  /// Brings pods whose specification is out of date up to date: standbys first, from the highest serial down, the
  /// primary last, one at a time and only while every instance is ready.
  mutating func rollOut(_ blueprint: Blueprint, _ observed: ObservedCluster, _ instances: [InstanceName]) {
    guard instances.count == blueprint.spec.instances,
      instances.allSatisfy({ observed.pod($0)?.isReady == true })
    else { return }
    let outdated = instances.compactMap { instance in
      observed.pod(instance).flatMap { pod in Self.drift(blueprint, instance, pod).map { (instance, $0) } }
    }
    let primary = blueprint.cluster.status?.currentPrimary
    if let (instance, why) = outdated.last(where: { $0.0.text != primary }) {
      actions.append(.deletePod(name: instance.text, reason: .outdated(why)))
      phase = Phase.upgrade
      reason = "Restarting instance \(instance.text), because: \(why)"
    } else if let (instance, why) = outdated.first {
      if blueprint.spec.primaryUpdateStrategy == .supervised {
        phase = Phase.waitingForUser
        reason = "User must issue a supervised switchover"
        return
      }
      actions.append(.deletePod(name: instance.text, reason: .outdated(why)))
      phase = Phase.primaryRestartWithoutSwitchover
      reason = "Restarting instance \(instance.text), because: \(why)"
    }
  }

  /// Why a pod differs from its blueprint; nil where it does not.
  static func drift(_ blueprint: Blueprint, _ instance: InstanceName, _ pod: Pod) -> String? {
    let wanted = blueprint.pod(instance)
    let restart = wanted.annotations[Annotations.restartedAt]
    if let restart, restart != pod.annotations[Annotations.restartedAt] {
      return "cluster has been explicitly restarted via annotation"
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
