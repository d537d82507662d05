import Foundation
import Kubernetes

/// Protects volumes in use and reclaims those that are not.
struct VolumeController: Sendable {
  private let context: ControllerContext
  private let directory: VolumeDirectory
  private let queue: WorkQueue<ObjectKey>

  init(_ context: ControllerContext, _ directory: VolumeDirectory, queue: WorkQueue<ObjectKey>) {
    self.context = context
    self.directory = directory
    self.queue = queue
  }

  var controller: Controller<ObjectKey> {
    let caches = context.caches
    return Controller(
      "persistentvolume", caches: [caches.volumes, caches.claims],
      sources: [
        Controller.keys(of: caches.volumes),
        Controller.keys(of: caches.claims) { change in
          let names = [change.object.spec?.volumeName, "pvc-\(change.object.uid)"].compactMap { $0 }
          return Set(names.filter { !$0.isEmpty }).map { ObjectKey($0) }
        },
        { [directory, logger = context.logger] _ in
          do {
            try await directory.removeDiscarded()
          } catch {
            logger.warning("cannot remove what a former run discarded", metadata: ["error": "\(error)"])
          }
        },
      ],
      queue: queue, logger: context.logger
    ) { key in
      guard let volume = caches.volumes.get(key) else { return nil }
      try await reconcile(volume)
      return nil
    }
  }

  private func reconcile(_ volume: PersistentVolume) async throws {
    let reference = volume.spec?.claimRef
    let claim = reference.flatMap { context.caches.claims.get($0.name ?? "", in: $0.namespace ?? "") }
    let path = volume.spec?.hostPath?.path ?? directory.path(of: volume.name)
    switch VolumeStep.next(for: volume, claim: claim, directoryExists: directory.exists(path)) {
    case .nothing: return
    case .addFinalizer:
      observe(
        try await context.setFinalizers(
          of: volume, (volume.metadata.finalizers ?? []) + [ClaimStep.volumeProtection]))
    case .removeFinalizer:
      let rest = (volume.metadata.finalizers ?? []).filter { $0 != ClaimStep.volumeProtection }
      observe(try await context.setFinalizers(of: volume, rest))
    case .setPhase(let phase): try await setPhase(of: volume, phase)
    case .release: try await release(volume)
    case .reportMissing:
      let message =
        "the volume's directory \(path) does not exist any more: its data is lost. Put it back, or delete "
        + "the claim to get a new volume"
      context.logger.error("a volume's directory vanished", metadata: ["volume": "\(volume.name)", "path": "\(path)"])
      context.events.record(.warning, reason: "VolumeDirectoryMissing", message: message, about: volume)
      if let claim {
        context.events.record(.warning, reason: "VolumeDirectoryMissing", message: message, about: claim)
      }
    }
  }

  private func observe(_ volume: PersistentVolume?) {
    if let volume { context.caches.volumes.observe(volume) }
  }

  private func setPhase(of volume: PersistentVolume, _ phase: String) async throws {
    var status = volume.status ?? PersistentVolumeStatus()
    status.phase = phase
    status.lastPhaseTransitionTime = Date.now.kubernetesTime
    observe(try await context.writeStatus(of: volume, from: volume.status, to: status))
  }

  /// Data is deleted only after the API itself has said that the claim is gone: a cache may be behind.
  private func release(_ volume: PersistentVolume) async throws {
    guard let reference = volume.spec?.claimRef, let name = reference.name else { return }
    let claim = try await context.client.find(PersistentVolumeClaim.self, name, in: reference.namespace)
    if let claim, claim.uid == reference.uid {
      context.caches.claims.observe(claim)
      return
    }
    if volume.status?.phase != "Released" { try await setPhase(of: volume, "Released") }
    guard volume.spec?.persistentVolumeReclaimPolicy == "Delete",
      volume.annotations[ClaimStep.provisionedBy] == ClaimStep.provisioner
    else { return }
    do {
      try directory.discard(volume.name)
    } catch {
      context.events.record(.warning, reason: "VolumeFailedDelete", message: "\(error)", about: volume)
      throw error
    }
    if !volume.isBeingDeleted { try await context.delete(volume) }
    if let current = try await context.client.find(PersistentVolume.self, volume.name), current.uid == volume.uid {
      let rest = (current.metadata.finalizers ?? []).filter { $0 != ClaimStep.volumeProtection }
      try await context.setFinalizers(of: current, rest)
    }
    context.logger.info("gave up a volume", metadata: ["volume": "\(volume.name)"])
    try await directory.removeDiscarded()
  }
}
