import ClusterAPI
import Kubernetes

extension StatusReport {
  /// Where the instances run: of each the values of the labels that the Cluster compares, and no others.
  var topology: Topology {
    let cluster = blueprint.cluster
    let before = cluster.status?.topology?.instances ?? [:]
    var isKnown = true
    var places: [String: [String: String]] = [:]
    for instance in observed.instances(of: blueprint.name) {
      let keys = cluster.failureDomainKeys
      guard !keys.isEmpty, let pod = observed.pod(instance), let node = pod.spec?.nodeName else {
        // One whose pod is being made anew is where it was, as far as anybody knows.
        places[instance.text] = before[instance.text]?.filter { keys.contains($0.key) } ?? [:]
        continue
      }
      var place = pod.labels.filter { cluster.podDomainKeys.contains($0.key) }
      if !cluster.nodeDomainKeys.isEmpty {
        guard let labels = observed.nodes[node]?.labels else {
          isKnown = false
          places[instance.text] = [:]
          continue
        }
        place.merge(labels.filter { cluster.nodeDomainKeys.contains($0.key) }) { $1 }
      }
      places[instance.text] = place
    }
    return .with {
      $0.instances = places
      $0.nodesUsed = Set(observed.pods.compactMap { $0.spec?.nodeName }).count
      $0.successfullyExtracted = isKnown
    }
  }

  /// Whether enough standbys run elsewhere than the primary, where the Cluster asks for that with failure domain keys.
  func placement(_ status: inout ClusterStatus) {
    let synchronous = blueprint.spec.postgresql?.synchronous
    let keys = (synchronous?.podFailureDomainKeys ?? []) + (synchronous?.nodeFailureDomainKeys ?? [])
    guard !keys.isEmpty, let primary = status.currentPrimary else {
      status.conditions?.removeAll { $0.type == ConditionType.syncTopology }
      return
    }
    var cluster = blueprint.cluster
    cluster.status = status
    func say(_ isSatisfied: Bool, _ reason: String, _ message: String) {
      status.setCondition(ConditionType.syncTopology, isSatisfied, reason: reason, message: message, now: time)
    }
    let labels = keys.joined(separator: ", ")
    switch cluster.standbyPlacement(primary: primary) {
    case .anywhere: return
    case .elsewhere(let standbys):
      say(
        true, ConditionReason.topologySatisfied,
        "Commits are confirmed in another failure domain than that of \(primary), by: "
          + standbys.sorted().joined(separator: ", "))
    case .unknown:
      say(
        false, ConditionReason.topologyNotExtracted,
        "Not known where \(primary) runs, so that all standbys may confirm: the labels \(labels) are missing, or cannot "
          + "be read")
    case .insufficient(let standbys):
      let wanted = synchronous?.dataDurability == .preferred ? 1 : synchronous?.number ?? 1
      let found = standbys.isEmpty ? "nobody" : standbys.sorted().joined(separator: ", ")
      say(
        false, ConditionReason.insufficientReplicas,
        "\(wanted) must confirm, and in another failure domain (\(labels)) than \(primary) there is \(found), so that all "
          + "standbys may confirm: spread the instances, or wait until they are well")
    }
  }
}
