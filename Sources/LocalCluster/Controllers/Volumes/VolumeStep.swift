import Kubernetes

/// What to do next about a PersistentVolume.
enum VolumeStep: Sendable, Equatable {
  case nothing
  case addFinalizer
  case removeFinalizer
  case setPhase(String)
  /// Its claim seems to be gone: make sure, and then give the volume up as its policy says.
  case release
  /// Its directory is not there.
  case reportMissing

  static func next(
    for volume: PersistentVolume, claim: PersistentVolumeClaim?, directoryExists: Bool
  ) -> VolumeStep {
    let isProtected = volume.metadata.finalizers?.contains(ClaimStep.volumeProtection) ?? false
    let reference = volume.spec?.claimRef
    let isReserved = !(reference?.uid ?? "").isEmpty
    let isBound = isReserved && claim?.uid == reference?.uid
    if isReserved, !isBound {
      // A released volume that is kept stays as it is, until somebody deletes it.
      if volume.status?.phase != "Released" || volume.isOurs { return .release }
    }
    if volume.isBeingDeleted {
      return isProtected && !isBound ? .removeFinalizer : .nothing
    }
    guard isProtected else { return .addFinalizer }
    if volume.spec?.claimRef == nil || !isReserved, volume.status?.phase != "Available" {
      return .setPhase("Available")
    }
    return volume.isOurs && isBound && !directoryExists ? .reportMissing : .nothing
  }
}

extension PersistentVolume {
  /// Whether the directory is ours to delete.
  fileprivate var isOurs: Bool {
    annotations[ClaimStep.provisionedBy] == ClaimStep.provisioner
      && spec?.persistentVolumeReclaimPolicy == "Delete"
  }
}
