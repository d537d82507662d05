import Kubernetes

/// What to do next about a PersistentVolumeClaim.
enum ClaimStep: Sendable, Equatable {
  case nothing
  case addFinalizer
  case removeFinalizer
  /// The claim names no class: it gets the default one, as Kubernetes' admission and binder do.
  case setClass(String)
  /// Write the claim into the volume, the volume into the claim, and the phases.
  case bind(volume: String)
  case provision(storageClass: String)
  /// Ask for a larger volume: capacity of the volume, then of the claim.
  case expand(volume: String)
  case lost(message: String)
  /// Nothing can be done now; the reason and message are those of the event to send.
  case wait(reason: String, message: String, isWarning: Bool)
}

extension ClaimStep {
  static let claimProtection = "kubernetes.io/pvc-protection"
  static let volumeProtection = "kubernetes.io/pv-protection"
  static let provisioner = "matriarch.io/directory"
  static let bindCompleted = "pv.kubernetes.io/bind-completed"
  static let boundByController = "pv.kubernetes.io/bound-by-controller"
  static let provisionedBy = "pv.kubernetes.io/provisioned-by"
  static let defaultClass = "storageclass.kubernetes.io/is-default-class"

  /// - Parameter pods: the pods of the claim's namespace.
  static func next(
    for claim: PersistentVolumeClaim, volumes: [PersistentVolume], classes: [StorageClass], pods: [Pod]
  ) -> ClaimStep {
    let isProtected = claim.metadata.finalizers?.contains(claimProtection) ?? false
    if claim.isBeingDeleted {
      return isProtected && !isUsed(claim, by: pods) ? .removeFinalizer : .nothing
    }
    guard isProtected else { return .addFinalizer }
    if let name = claim.spec?.volumeName, !name.isEmpty {
      return bound(claim, to: name, volumes, classes)
    }
    if let match = match(for: claim, among: volumes) { return .bind(volume: match.name) }
    return provision(claim, classes)
  }

  private static func isUsed(_ claim: PersistentVolumeClaim, by pods: [Pod]) -> Bool {
    pods.contains { pod in
      guard pod.namespace == claim.namespace, !pod.hasEnded else { return false }
      return (pod.spec?.volumes ?? []).contains { volume in
        volume.persistentVolumeClaim?.claimName == claim.name
          || (volume.ephemeral != nil && "\(pod.name)-\(volume.name)" == claim.name)
      }
    }
  }

  private static func bound(
    _ claim: PersistentVolumeClaim, to name: String, _ volumes: [PersistentVolume], _ classes: [StorageClass]
  ) -> ClaimStep {
    let wasBound = claim.annotations[bindCompleted] != nil
    guard let volume = volumes.first(where: { $0.name == name }) else {
      guard wasBound else {
        return .wait(reason: "FailedBinding", message: "volume \"\(name)\" not found", isWarning: true)
      }
      if claim.status?.phase == "Lost" { return .nothing }
      return .lost(message: "Bound claim has lost its PersistentVolume. Data on the volume is lost!")
    }
    guard belongs(volume, to: claim) || volume.spec?.claimRef == nil else {
      guard wasBound else {
        return .wait(
          reason: "FailedBinding", message: "volume \"\(name)\" already bound to a different claim.", isWarning: true)
      }
      if claim.status?.phase == "Lost" { return .nothing }
      return .lost(
        message: "Bound claim has lost its PersistentVolume. The volume \"\(name)\" is bound to another claim.")
    }
    let isComplete =
      volume.spec?.claimRef?.uid == claim.uid && wasBound && claim.status?.phase == "Bound"
      && volume.status?.phase == "Bound"
    guard isComplete else { return .bind(volume: name) }
    let capacity = volume.spec?.capacity?["storage"] ?? Quantity()
    let wanted = claim.spec?.resources?.requests?["storage"] ?? Quantity()
    if wanted > capacity {
      let storageClass = classes.first { $0.name == claim.spec?.storageClassName }
      guard storageClass?.allowVolumeExpansion == true else {
        return .wait(
          reason: "VolumeResizeFailed",
          message: "storage class \"\(claim.spec?.storageClassName ?? "")\" does not allow to expand volumes: "
            + "set allowVolumeExpansion: true in it", isWarning: true)
      }
      return .expand(volume: name)
    }
    return claim.status?.capacity?["storage"] == capacity ? .nothing : .expand(volume: name)
  }

  private static func belongs(_ volume: PersistentVolume, to claim: PersistentVolumeClaim) -> Bool {
    guard let reference = volume.spec?.claimRef else { return false }
    return reference.namespace == claim.namespace && reference.name == claim.name
      && (reference.uid ?? "").isEmpty || reference.uid == claim.uid
  }

  /// The volume made for the claim, or the smallest free one that will do.
  private static func match(for claim: PersistentVolumeClaim, among volumes: [PersistentVolume]) -> PersistentVolume? {
    if let reserved = volumes.first(where: { belongs($0, to: claim) && !$0.isBeingDeleted }) { return reserved }
    // Claims of our own classes get volumes of their own; only classless ones look for volumes made by hand.
    let wanted = claim.spec?.resources?.requests?["storage"] ?? Quantity()
    let modes = Set(claim.spec?.accessModes ?? [])
    return volumes.filter { volume in
      guard let spec = volume.spec, spec.claimRef == nil, !volume.isBeingDeleted,
        let storageClass = claim.spec?.storageClassName, spec.storageClassName ?? "" == storageClass,
        spec.volumeMode == claim.spec?.volumeMode ?? "Filesystem"
      else { return false }
      return (spec.capacity?["storage"] ?? Quantity()) >= wanted && modes.isSubset(of: spec.accessModes ?? [])
        && claim.spec?.selector?.matches(volume.labels) ?? true
    }.min {
      let (left, right) = ($0.spec?.capacity?["storage"] ?? Quantity(), $1.spec?.capacity?["storage"] ?? Quantity())
      return left == right ? $0.name < $1.name : left < right
    }
  }

  private static func provision(_ claim: PersistentVolumeClaim, _ classes: [StorageClass]) -> ClaimStep {
    guard let name = claim.spec?.storageClassName else {
      // The newest of several defaults counts (KEP-3333).
      let defaults = classes.filter { $0.annotations[defaultClass] == "true" }.sorted {
        ($0.metadata.creationTimestamp ?? "", $1.name) > ($1.metadata.creationTimestamp ?? "", $0.name)
      }
      if let first = defaults.first { return .setClass(first.name) }
      return .wait(
        reason: "FailedBinding",
        message: "no persistent volumes available for this claim and no storage class is set", isWarning: false)
    }
    guard !name.isEmpty else {
      return .wait(
        reason: "FailedBinding",
        message: "no persistent volumes available for this claim and no storage class is set", isWarning: false)
    }
    guard let storageClass = classes.first(where: { $0.name == name }) else {
      let known = classes.map(\.name).sorted().joined(separator: ", ")
      return .wait(
        reason: "ProvisioningFailed",
        message: "storageclass.storage.k8s.io \"\(name)\" not found; there are: \(known)", isWarning: true)
    }
    guard storageClass.provisioner == provisioner else {
      return .wait(
        reason: "ExternalProvisioning",
        message: "Waiting for a volume to be created either by the external provisioner "
          + "'\(storageClass.provisioner)' or manually by the system administrator.", isWarning: false)
    }
    let isPlaced = claim.annotations[VolumePlacement.selectedNode].map { !$0.isEmpty } ?? false
    if storageClass.volumeBindingMode == "WaitForFirstConsumer", !isPlaced {
      return .wait(
        reason: "WaitForFirstConsumer",
        message: "waiting for first consumer to be created before binding", isWarning: false)
    }
    if claim.spec?.dataSource != nil || claim.spec?.dataSourceRef != nil {
      return .wait(
        reason: "ProvisioningFailed",
        message: "spec.dataSource is not supported by \(provisioner): leave it out", isWarning: true)
    }
    if claim.spec?.volumeMode == "Block" {
      return .wait(
        reason: "ProvisioningFailed",
        message: "spec.volumeMode Block is not supported by \(provisioner): use Filesystem", isWarning: true)
    }
    return .provision(storageClass: name)
  }
}
