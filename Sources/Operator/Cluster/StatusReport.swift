import ClusterAPI
import Foundation
import Kubernetes

/// Computes a Cluster's status from what there is. Fields that instances write (`currentPrimary`, the conditions about
/// archiving and configuration, …) are left as they are.
struct StatusReport {
  let blueprint: Blueprint
  let observed: ObservedCluster
  let plan: InstancePlan
  let now: Date

  var time: String { Timestamp.seconds(now) }

  func status() -> ClusterStatus {
    var status = blueprint.cluster.status ?? ClusterStatus()
    let instances = observed.instances(of: blueprint.name)
    let names = instances.map(\.text)
    let ready = instances.filter { observed.pod($0)?.isReady == true }.map(\.text)

    for case .chooseFirstPrimary(let instance) in plan.actions {
      status.targetPrimary = instance.text
      status.targetPrimaryTimestamp = Timestamp.microseconds(now)
    }
    for case .switchOver(_, let target, _) in plan.actions {
      status.targetPrimary = target.text
      status.targetPrimaryTimestamp = Timestamp.microseconds(now)
    }
    status.image = blueprint.image
    if blueprint.cluster.hasCondition(ConditionType.initialized), let major = blueprint.major {
      var info = status.pgDataImageInfo ?? ImageInfo()
      info.image = blueprint.image
      info.majorVersion = major
      status.pgDataImageInfo = info
    }
    status.instances = instances.count
    status.readyInstances = ready.count
    status.instanceNames = names
    status.selector = "\(Labels.cluster)=\(blueprint.name),\(Labels.podRole)=\(PodRole.instance.rawValue)"
    status.instancesStatus = instancesStatus(ready: ready)
    status.instancesReportedState = reportedState
    status.topology = topology
    status.jobCount = 0  // instances fill their own volumes
    status.onlineUpdateEnabled = false
    status.writeService = blueprint.serviceName(.rw)
    status.readService = blueprint.serviceName(.r)
    volumes(&status, instances)
    if let primary = status.currentPrimary, let report = observed.reports[primary], report.isPrimary == true {
      status.timelineID = report.timeLineID ?? status.timelineID
      status.systemID = report.systemID ?? status.systemID
    }
    if status.phase != plan.phase || status.phaseReason != plan.reason {
      status.phase = plan.phase
      status.phaseReason = plan.reason
    }
    conditions(&status)
    placement(&status)
    return status
  }

  private func instancesStatus(ready: [String]) -> [String: [String]] {
    var groups: [String: [String]] = [:]
    if !ready.isEmpty { groups["healthy"] = ready.sorted() }
    let active = observed.pods.filter { $0.isActive && !ready.contains($0.name) }.map(\.name)
    if !active.isEmpty { groups["replicating"] = active.sorted() }
    let failed = observed.pods.filter { $0.hasEnded && !$0.isBeingDeleted }.map(\.name)
    if !failed.isEmpty { groups["failed"] = failed.sorted() }
    return groups
  }

  private var reportedState: [String: InstanceReportedState] {
    var states: [String: InstanceReportedState] = [:]
    for pod in observed.pods {
      guard let report = observed.reports[pod.name] else { continue }
      states[pod.name] = .with {
        $0.isPrimary = report.isPrimary ?? false
        $0.timeLineID = report.timeLineID
        $0.ip = pod.status?.podIP
      }
    }
    return states
  }

  /// Claims sorted into what people look for: in use, waiting for their instance, growing, useless.
  private func volumes(_ status: inout ClusterStatus, _ instances: [InstanceName]) {
    var healthy: [String] = []
    var dangling: [String] = []
    var initializing: [String] = []
    var resizing: [String] = []
    var unusable: [String] = []
    for claim in observed.claims where !claim.isBeingDeleted {
      let instance = claim.labels[Labels.instanceName].flatMap { InstanceName($0, cluster: blueprint.name) }
      let isResizing = (claim.status?.conditions ?? []).contains { $0.type == "Resizing" && $0.status == "True" }
      guard let instance, blueprint.volumes(of: instance).contains(where: { $0.claimName == claim.name }) else {
        unusable.append(claim.name)
        continue
      }
      if observed.pod(instance)?.isActive != true {
        dangling.append(claim.name)
      } else if isResizing {
        resizing.append(claim.name)
      } else if claim.annotations[Annotations.pvcStatus] == "initializing" {
        initializing.append(claim.name)
      } else {
        healthy.append(claim.name)
      }
    }
    func list(_ names: [String]) -> [String]? { names.isEmpty ? nil : names.sorted() }
    status.pvcCount = observed.claims.count
    status.healthyPVC = list(healthy)
    status.danglingPVC = list(dangling)
    status.initializingPVC = list(initializing)
    status.resizingPVC = list(resizing)
    status.unusablePVC = list(unusable)
  }

  private func conditions(_ status: inout ClusterStatus) {
    let isHealthy = plan.phase == Phase.healthy
    status.setCondition(
      ConditionType.ready, isHealthy,
      reason: isHealthy ? ConditionReason.clusterIsReady : ConditionReason.clusterIsNotReady,
      message: isHealthy ? ConditionMessage.clusterIsReady : ConditionMessage.clusterIsNotReady, now: time)
    let identifiers = Set(observed.reports.values.compactMap(\.systemID).filter { !$0.isEmpty })
    switch identifiers.count {
    case 0:
      status.setCondition(
        ConditionType.consistentSystemID, false, reason: ConditionReason.noSystemID,
        message: "No instance has reported a system ID yet", now: time)
    case 1:
      status.setCondition(
        ConditionType.consistentSystemID, true, reason: ConditionReason.uniqueSystemID,
        message: "All instances that report have the same system ID",
        now: time)
    default:
      status.setCondition(
        ConditionType.consistentSystemID, false, reason: ConditionReason.mismatchedSystemID,
        message: "Instances report different system IDs: \(identifiers.sorted().joined(separator: ", "))", now: time)
    }
    if !status.conditions(contain: ConditionType.initialized) {
      status.setCondition(
        ConditionType.initialized, false, reason: ConditionReason.bootstrapPending,
        message: "Cluster has not been initialized yet", now: time)
    }
  }
}

extension Blueprint {
  /// The versions of the Secrets in use.
  func secretVersions(_ find: (String) -> Secret?) -> SecretsResourceVersion {
    func version(_ name: String) -> String? { find(name)?.metadata.resourceVersion }
    return .with {
      $0.superuserSecretVersion = version(cluster.superuserSecretName)
      $0.replicationSecretVersion = version(cluster.replicationCertificateSecretName)
      $0.applicationSecretVersion = version(cluster.applicationSecretName)
      $0.clientCaSecretVersion = version(cluster.clientAuthoritySecretName)
      $0.serverCaSecretVersion = version(cluster.serverAuthoritySecretName)
      $0.serverSecretVersion = version(cluster.serverCertificateSecretName)
      $0.barmanEndpointCA = (spec.backup?.barmanObjectStore?.endpointCA?.name).flatMap(version)
    }
  }
}

extension Cluster {
  func hasCondition(_ type: String) -> Bool {
    (status?.conditions ?? []).contains { $0.type == type && $0.status == "True" }
  }
}
