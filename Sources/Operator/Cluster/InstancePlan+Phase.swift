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
    guard phase == Phase.healthy else { return }
    if cluster.status?.currentPrimary == nil {
      phase = Phase.firstPrimary
      reason = obstacle(observed) ?? "Creating primary instance \(firstPrimary)"
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
      // Volumes of new instances are bound within a moment; only what stays is worth a person's attention.
      if let reason = pod.unschedulableReason, !reason.contains("unbound immediate PersistentVolumeClaims") {
        return "Instance \(pod.name) finds no node: \(reason)"
      }
      if let reason = pod.waitingReason { return "Instance \(pod.name) cannot start: \(reason)" }
    }
    return nil
  }
}
