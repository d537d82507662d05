import ClusterAPI
import Foundation
import Kubernetes

/// All that is looked at to decide about one Backup.
struct ObservedBackup: Sendable {
  let backup: Backup
  /// Nil where there is none, or where it is on its way out.
  var cluster: Cluster?
  /// The other Backups of that cluster.
  var others: [Backup] = []
  /// The cluster's own.
  var pods: [Pod] = []
  /// What the instance says of itself that is, or is about to be, at work; nil where it does not answer.
  var report: InstanceReport?
  var now = Date.now

  var status: BackupStatus { backup.status ?? BackupStatus() }

  /// Whether nobody else of the same cluster comes first: one under way, or an older one.
  var isNext: Bool {
    !others.contains { $0.isInProgress || (!$0.isTerminal && $0.isOlder(than: backup)) }
  }

  /// The pod of the instance that the Backup was given to; nil where it is gone. One of the same name that was made since
  /// is another one.
  var electedPod: Pod? {
    guard let name = status.instanceID?.podName, let pod = pods.first(where: { $0.name == name }) else { return nil }
    guard let taken = status.reconciliationStartedAt.flatMap(Timestamp.date),
      let created = pod.metadata.creationTimestamp.flatMap(Timestamp.date)
    else { return pod }
    return created > taken ? nil : pod
  }

  /// Whose report is needed.
  var podToAsk: Pod? {
    if backup.isTerminal { return nil }
    if backup.isInProgress { return electedPod }
    guard let cluster, isNext, BackupPrerequisite(backup, cluster) == nil,
      case .pod(let pod) = BackupTargetChoice(backup, cluster, pods)
    else { return nil }
    return pod
  }

  /// Since the operator took it up.
  var age: TimeInterval {
    status.reconciliationStartedAt.flatMap(Timestamp.date).map { now.timeIntervalSince($0) } ?? 0
  }
}

extension Pod {
  private var postgresContainer: ContainerStatus? {
    (status?.containerStatuses ?? []).first { $0.name == "postgres" }
  }

  /// The container that the instance manager runs in; nil while it does not run.
  var runningContainerID: String? {
    guard let container = postgresContainer, container.state?.terminated == nil, container.state?.waiting == nil else {
      return nil
    }
    return container.containerID
  }

  /// Since when it is not ready; nil while it is, and where nobody has said.
  var notReadySince: Date? {
    (status?.conditions ?? []).first { $0.type == "Ready" && $0.status != "True" }?.lastTransitionTime
      .flatMap(Timestamp.date)
  }
}
