import ClusterAPI
import Kubernetes

/// The instance that a backup is taken from.
enum BackupTargetChoice {
  case pod(Pod)
  /// The one it should be taken from is there, and not ready.
  case notReady(String)
  case none

  /// The first standby that is ready, by name, and the primary where there is none or where it is asked for. Whoever runs
  /// another image than the cluster's is about to be restarted; whoever is about to be promoted would break its backup off.
  init(_ backup: Backup, _ cluster: Cluster, _ pods: [Pod]) {
    let status = cluster.status ?? ClusterStatus()
    let target = backup.spec.target ?? cluster.spec.backup?.target ?? .preferStandby
    if target == .preferStandby {
      let standby = pods.sorted { $0.name < $1.name }.first { pod in
        pod.isReady && pod.name != status.currentPrimary && pod.name != status.targetPrimary
          && pod.labels[Labels.instanceRole] != InstanceRole.primary.rawValue
          && (status.image == nil || pod.postgresImage == status.image)
      }
      if let standby {
        self = .pod(standby)
        return
      }
    }
    guard let primary = status.targetPrimary, let pod = pods.first(where: { $0.name == primary && $0.isActive }) else {
      self = .none
      return
    }
    self = pod.isReady ? .pod(pod) : .notReady(primary)
  }
}

extension Pod {
  fileprivate var postgresImage: String? { spec?.containers.first { $0.name == "postgres" }?.image }
}
