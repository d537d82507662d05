import ClusterAPI
import Kubernetes

extension InstancePlan {
  /// How the instances stand, in the words that people and tools know.
  mutating func describe(_ blueprint: Blueprint, _ observed: ObservedCluster, _ instances: [InstanceName]) {
    let cluster = blueprint.cluster
    let wanted = blueprint.spec.instances
    let waiting = instances.filter { observed.pod($0)?.isReady != true }
    let firstPrimary = cluster.status?.targetPrimary ?? blueprint.instance(1).text

    if phase == Phase.healthy, observed.pods.contains(where: { $0.lastExitCode == 4 && !$0.isReady }) {
      phase = Phase.notEnoughDiskSpace
      reason = "Enlarge spec.storage.size or spec.walStorage.size, or free space on the volume."
    }
    if phase == Phase.healthy, observed.isUnreachable {
      phase = Phase.communicationFailure
      reason =
        "No instance that is ready answers on its status port: look at the instances' logs, and at what keeps the "
        + "operator from port \(InstancePorts.status) of their pods."
    }
    guard phase == Phase.healthy else { return }
    if cluster.status?.currentPrimary == nil {
      phase = Phase.firstPrimary
      reason = obstacle(observed) ?? "Creating primary instance \(firstPrimary)"
    } else if let target = instances.first(where: { blueprint.isSwitchoverTarget($0.text) }) {
      // The instances do it among themselves; here it is only said, for as long as it takes.
      phase = Phase.switchover
      reason = "Switching over to \(target.text)"
    } else if let replica = instances.first(where: { $0.text != firstPrimary && isNew($0, observed) }) ?? newReplica {
      phase = Phase.creatingReplica
      reason = obstacle(observed) ?? "Creating replica \(replica.text)"
    } else if !waiting.isEmpty || instances.count != wanted || !actions.isEmpty {
      phase = Phase.waitingForInstances
      reason = obstacle(observed) ?? "Some instances are not yet active. Please wait."
    }
  }

  private var newReplica: InstanceName? {
    for case .createPod(let instance, .replica) in actions { return instance }
    return nil
  }

  /// Its data directory is still to be filled.
  private func isNew(_ instance: InstanceName, _ observed: ObservedCluster) -> Bool {
    observed.pod(instance)?.isReady != true
      && observed.claim(InstanceVolume(kind: .data, instance: instance))?.annotations[Annotations.pvcStatus]
        == "initializing"
  }

  /// What keeps a pod from running, if it is something a person has to look at.
  private func obstacle(_ observed: ObservedCluster) -> String? {
    for pod in observed.pods.sorted(by: { $0.name < $1.name }) {
      if let reason = pod.unschedulableReason {
        // Volumes of new instances are bound within a moment; only what stays is worth a person's attention.
        let waitsForVolume = reason.contains("unbound immediate PersistentVolumeClaims")
        guard !waitsForVolume || observed.isOlderThanAMoment(pod) else { continue }
        return "Instance \(pod.name) finds no node: \(reason)" + (waitsForVolume ? observed.unboundVolumes(pod) : "")
      }
      if let reason = pod.waitingReason { return "Instance \(pod.name) cannot start: \(reason)" }
    }
    return nil
  }
}
