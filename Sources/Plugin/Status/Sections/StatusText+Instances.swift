import ClusterAPI
import Foundation
import Kubernetes

extension StatusText {
  var instances: Section {
    Section(
      Styled("Instances status", .good),
      ["Name", "Current LSN", "Replication role", "Status", "QoS", "Manager Version", "Node"],
      view.instances.map(row), ifEmpty: Styled("No instances found", .warning))
  }

  private func row(_ instance: InstanceView) -> [Styled] {
    let place = [
      Styled(instance.pod?[path: ["status", "qosClass"]]?.stringValue ?? "-"),
      Styled(instance.document?.instanceManagerVersion ?? "-"), Styled(instance.node ?? "-"),
    ]
    switch instance.answer {
    case .none(let word, _): return [Styled(instance.name), "-", "-", Styled(word, .bad)] + place
    case .document(let document, _):
      let lsn = instance.isPrimary ? document.currentLsn : document.replayLsn
      return [Styled(instance.name), Styled(lsn ?? "-"), role(instance, document), state(instance, document)] + place
    }
  }

  private func state(_ instance: InstanceView, _ document: StatusDocument) -> Styled {
    if instance.isBeingDeleted { return Styled("being deleted", .warning) }
    if document.mightBeUnavailable == true, !isFenced(instance, document) {
      return Styled(document.mightBeUnavailableMaskedError ?? "unavailable", .warning)
    }
    return document.pendingRestart == true ? Styled("OK (pending restart)", .warning) : Styled("OK", .good)
  }

  private func isFenced(_ instance: InstanceView, _ document: StatusDocument) -> Bool {
    document.mightBeUnavailable == true && cluster.isFenced(instance.name)
  }

  /// The first that fits.
  private func role(_ instance: InstanceView, _ document: StatusDocument) -> Styled {
    if isFenced(instance, document) { return "Fenced" }
    if instance.isPrimary { return "Primary" }
    if cluster.isReplicaCluster, instance.name == status.targetPrimary { return "Designated primary" }
    if document.isWalReceiverActive != true {
      if document.isPgRewindRunning == true { return "Standby (pg_rewind)" }
      let isUp = document.mightBeUnavailable != true && (instance.isReady || document.isPodReady == true)
      return isUp ? "Standby (file based)" : "Standby (starting up)"
    }
    if document.replayPaused == true { return "Standby (paused)" }
    guard let streams = primary?.replicationInfo, !streams.isEmpty else { return "Standby (in Replica Cluster)" }
    switch streams.first(where: { $0.applicationName == instance.name })?.syncState {
    case "quorum", "sync": return "Standby (sync)"
    case "potential": return "Standby (potential sync)"
    case "async": return "Standby (async)"
    default: return "Unknown"
    }
  }
}
