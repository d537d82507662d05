import ClusterAPI
import Foundation
import Kubernetes

extension ObservedSchedule {
  /// The Backup of a slot. Its name tells the slot: `nightly-20260921030000`.
  func child(at slot: Date, isImmediate: Bool) -> Backup {
    let spec = schedule.spec
    let time = Timestamp.seconds(slot).filter(\.isNumber)
    return Backup.named("\(schedule.name)-\(time)", in: schedule.namespace) {
      $0.metadata.labels = [
        Labels.cluster: spec.cluster.name, Labels.scheduledBackup: schedule.name,
        Labels.immediateBackup: "\(isImmediate)",
      ]
      if let verify = schedule.annotations[Annotations.verify] {
        $0.metadata.annotations = [Annotations.verify: verify]
      }
      $0.metadata.ownerReferences = owner.map { [$0] }
      $0.spec = .with {
        $0.cluster = spec.cluster
        $0.target = spec.target
        $0.method = spec.method
        $0.pluginConfiguration = spec.pluginConfiguration
        $0.online = spec.online
        $0.onlineConfiguration = spec.onlineConfiguration
      }
    }
  }

  /// With whom the Backups go.
  private var owner: OwnerReference? {
    switch schedule.spec.backupOwnerReference {
    case .none: nil
    case .itself: OwnerReference(controller: schedule, blocksDeletion: false)
    case .cluster: cluster.map { OwnerReference(controller: $0, blocksDeletion: false) }
    }
  }

  /// Whether a Backup under a child's name is one: labelled so, and nobody else's.
  func isOwn(_ backup: Backup) -> Bool {
    let controller = (backup.metadata.ownerReferences ?? []).first { $0.controller == true }
    return backup.labels[Labels.scheduledBackup] == schedule.name
      && backup.spec.cluster.name == schedule.spec.cluster.name
      && (controller == nil || controller?.uid == schedule.uid || controller?.uid == cluster?.uid)
  }
}
