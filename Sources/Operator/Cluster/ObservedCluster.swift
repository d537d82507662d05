import ClusterAPI
import Foundation
import Kubernetes

/// What there is of a Cluster: its owned pods and claims, and what the instances say of themselves.
struct ObservedCluster: Sendable {
  var pods: [Pod]
  var claims: [PersistentVolumeClaim]
  /// Names of claims that a person has taken away from the cluster: `kubectl cnpg destroy --keep-pvc`.
  var detachedClaims: Set<String> = []
  /// By instance name; an instance that did not answer is missing.
  var reports: [String: InstanceReport] = [:]
  /// The pods' nodes, by name.
  var nodes: [String: Node] = [:]
  /// A switchover was asked for a moment ago: were it refused, asking again at once would change nothing.
  var hasJustAskedForSwitchover = false
  var now = Date.now

  /// Nothing of any instance was made yet.
  var isEmpty: Bool { pods.isEmpty && claims.isEmpty }

  func node(of instance: InstanceName) -> Node? { pod(instance)?.spec?.nodeName.flatMap { nodes[$0] } }

  func pod(_ instance: InstanceName) -> Pod? { pods.first { $0.name == instance.text } }
  func claim(_ volume: InstanceVolume) -> PersistentVolumeClaim? { claims.first { $0.name == volume.claimName } }

  /// Whether there are instances that should answer, and none does.
  var isUnreachable: Bool { reports.isEmpty && pods.contains(where: \.isReady) }

  /// Whether a pod is there for longer than it takes to make a volume.
  func isOlderThanAMoment(_ pod: Pod) -> Bool {
    guard let created = pod.metadata.creationTimestamp.flatMap(Timestamp.date) else { return false }
    return now.timeIntervalSince(created) > 10
  }

  /// The volumes that a pod waits for, in words.
  func unboundVolumes(_ pod: Pod) -> String {
    claims.filter { $0.labels[Labels.instanceName] == pod.name && $0.status?.phase != "Bound" }.map { claim in
      let storageClass = claim.spec?.storageClassName.map { "StorageClass \($0)" } ?? "the default StorageClass"
      return " Volume \(claim.name) waits for \(storageClass): look whether it exists, and at the volume's events."
    }.joined()
  }

  /// Whether a volume of the instance is on its way out. Until it is gone nothing is made for the instance.
  func isLosingVolume(_ instance: InstanceName) -> Bool {
    claims.contains { $0.isBeingDeleted && $0.labels[Labels.instanceName] == instance.text }
  }

  /// The instances that have a volume, by serial.
  func instances(of cluster: String) -> [InstanceName] {
    Set(claims.compactMap { $0.labels[Labels.instanceName] }).compactMap { InstanceName($0, cluster: cluster) }.sorted()
  }
}

extension Pod {
  /// The Ready condition, not counting a pod on its way out.
  var isReady: Bool {
    !isBeingDeleted && (status?.conditions ?? []).contains { $0.type == "Ready" && $0.status == "True" }
  }

  /// Neither finished nor being deleted.
  var isActive: Bool { !isBeingDeleted && !hasEnded }

  /// Its containers have ended for good: a local node or an eviction leaves such pods behind.
  var hasEnded: Bool { status?.phase == "Succeeded" || status?.phase == "Failed" }

  /// Why the postgres container waits, in the kubelet's words; nil while it runs or is on its way to.
  var waitingReason: String? {
    let statuses = (status?.initContainerStatuses ?? []) + (status?.containerStatuses ?? [])
    let passing = ["PodInitializing", "ContainerCreating"]
    guard let waiting = statuses.compactMap({ $0.state?.waiting }).first(where: { !passing.contains($0.reason ?? "") })
    else { return nil }
    return [waiting.reason, waiting.message].compactMap { $0 }.joined(separator: ": ")
  }

  /// Whether one of its containers ended before, and was started again.
  var hasRestarted: Bool { (status?.containerStatuses ?? []).contains { $0.restartCount > 0 } }

  /// Why the scheduler finds no node; nil once it has.
  var unschedulableReason: String? {
    (status?.conditions ?? []).first { $0.type == "PodScheduled" && $0.status == "False" }?.message
  }

  /// The exit code of the postgres container's last end, running again or not.
  var lastExitCode: Int? {
    let container = (status?.containerStatuses ?? []).first { $0.name == "postgres" }
    return container?.state?.terminated?.exitCode ?? container?.lastState?.terminated?.exitCode
  }
}

/// What an instance says of itself on `/pg/status`; only the fields that the operator looks at.
struct InstanceReport: Declared {
  @Field public var isPrimary: Bool?
  @Field public var systemID: String?
  @Field public var timeLineID: Int?
  @Field public var pendingRestart: Bool?
  /// A parameter in which a standby must not go below its primary was lowered.
  @Field public var pendingRestartForDecrease: Bool?
  @Field public var loadedConfigurationHash: String?
  @Field public var currentLsn: String?
  @Field public var receivedLsn: String?
  @Field public var replayLsn: String?
  @Field public var isPodReady: Bool?
  @Field public var isWalReceiverActive: Bool?
  @Field public var instanceManagerVersion: String?
  /// Different for each run of the instance manager.
  @Field public var sessionID: String?

  init() {}
}
