import Foundation
import Kubernetes

/// Brings claims and volumes together.
struct ClaimController: Sendable {
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
      "persistentvolumeclaim", workers: 6,
      caches: [caches.claims, caches.volumes, caches.storageClasses, caches.pods],
      sources: [
        Controller.keys(of: caches.claims),
        Controller.keys(of: caches.volumes) { change in
          guard let reference = change.object.spec?.claimRef, let name = reference.name else {
            return Self.unbound(caches.claims)
          }
          return [ObjectKey(name, in: reference.namespace ?? "")]
        },
        Controller.keys(of: caches.storageClasses) { _ in Self.unbound(caches.claims) },
        Controller.keys(of: caches.pods) { change in
          // A claim that is being deleted waits for its last user.
          let isOver: Bool
          if case .deleted = change { isOver = true } else { isOver = change.object.hasEnded }
          guard isOver else { return [] }
          return caches.claims.all(in: change.key.namespace).filter(\.isBeingDeleted).map { ObjectKey($0) }
        },
      ],
      queue: queue, logger: context.logger
    ) { key in
      guard let claim = caches.claims.get(key) else { return nil }
      try await reconcile(claim)
      return nil
    }
  }

  private static func unbound(_ claims: ObjectCache<PersistentVolumeClaim>) -> [ObjectKey] {
    claims.all().filter { $0.status?.phase != "Bound" }.map { ObjectKey($0) }
  }

  private func reconcile(_ claim: PersistentVolumeClaim) async throws {
    let caches = context.caches
    let step = ClaimStep.next(
      for: claim, volumes: caches.volumes.all(), classes: caches.storageClasses.all(),
      pods: caches.pods.all(in: claim.namespace))
    switch step {
    case .nothing: return
    case .addFinalizer:
      observe(
        try await context.setFinalizers(of: claim, (claim.metadata.finalizers ?? []) + [ClaimStep.claimProtection]))
    case .removeFinalizer:
      // A pod that was created a moment ago may use it; only the API itself can tell.
      guard try await !isUsed(claim) else { return }
      let rest = (claim.metadata.finalizers ?? []).filter { $0 != ClaimStep.claimProtection }
      observe(try await context.setFinalizers(of: claim, rest))
    case .setClass(let name):
      try await patch(claim, ["spec": ["storageClassName": .string(name)]])
    case .bind(let volume): try await bind(claim, to: volume)
    case .provision(let storageClass): try await provision(claim, storageClass)
    case .expand(let volume): try await expand(claim, volume)
    case .lost(let message):
      var status = claim.status ?? PersistentVolumeClaimStatus()
      status.phase = "Lost"
      observe(try await context.writeStatus(of: claim, from: claim.status, to: status))
      context.events.record(.warning, reason: "ClaimLost", message: message, about: claim)
    case .wait(let reason, let message, let isWarning):
      context.events.record(isWarning ? .warning : .normal, reason: reason, message: message, about: claim)
    }
  }

  /// What this controller wrote brings the claim here again for the next step.
  private func observe(_ claim: PersistentVolumeClaim?) {
    if let claim { context.caches.claims.observe(claim) }
  }

  private func patch(_ claim: PersistentVolumeClaim, _ patch: JSON) async throws {
    var patch = patch
    patch[path: ["metadata", "uid"]] = .string(claim.uid)
    observe(
      try await context.ifPresent {
        try await context.client.patch(PersistentVolumeClaim.self, claim.name, in: claim.namespace, .merge(patch))
      })
  }

  private func isUsed(_ claim: PersistentVolumeClaim) async throws -> Bool {
    let pods = try await context.client.list(Pod.self, in: claim.namespace).items
    return ClaimStep.next(for: claim, volumes: [], classes: [], pods: pods) == .nothing
  }

  // MARK: Binding

  /// Volume first, then claim, then the phases: whatever step an interruption leaves undone is the next one.
  private func bind(_ claim: PersistentVolumeClaim, to name: String) async throws {
    guard let volume = context.caches.volumes.get(name) else { return }
    let written = try await reserve(volume, for: claim)
    guard let written else { return }
    let wasBound = claim.status?.phase == "Bound"
    try await patch(
      claim,
      [
        "metadata": ["annotations": [ClaimStep.bindCompleted: "yes", ClaimStep.boundByController: "yes"]],
        "spec": ["volumeName": .string(name)],
      ])
    guard let bound = context.caches.claims.get(ObjectKey(claim)), bound.uid == claim.uid else { return }
    var status = bound.status ?? PersistentVolumeClaimStatus()
    status.phase = "Bound"
    status.accessModes = written.spec?.accessModes
    status.capacity = written.spec?.capacity
    observe(try await context.writeStatus(of: bound, from: bound.status, to: status))
    if !wasBound {
      context.logger.info("bound a claim", metadata: ["claim": "\(ObjectKey(claim))", "volume": "\(name)"])
    }
  }

  private func reserve(_ volume: PersistentVolume, for claim: PersistentVolumeClaim) async throws -> PersistentVolume? {
    var volume = volume
    if volume.spec?.claimRef?.uid != claim.uid {
      let reference: JSON = [
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": .string(claim.namespace),
        "name": .string(claim.name), "uid": .string(claim.uid),
      ]
      let patch: JSON = [
        "metadata": [
          "uid": .string(volume.uid), "resourceVersion": .string(volume.metadata.resourceVersion ?? ""),
          "annotations": [ClaimStep.boundByController: "yes"],
        ],
        "spec": ["claimRef": reference],
      ]
      let name = volume.name
      let written = try await context.ifPresent {
        try await context.client.patch(PersistentVolume.self, name, .merge(patch))
      }
      guard let written else { return nil }
      context.caches.volumes.observe(written)
      volume = written
    }
    var status = volume.status ?? PersistentVolumeStatus()
    status.phase = "Bound"
    if let written = try await context.writeStatus(of: volume, from: volume.status, to: status) {
      context.caches.volumes.observe(written)
      volume = written
    }
    return volume
  }

  // MARK: Provisioning

  private func provision(_ claim: PersistentVolumeClaim, _ className: String) async throws {
    guard let storageClass = context.caches.storageClasses.get(className) else { return }
    // The name follows from the claim, so that an attempt whose answer was lost is found again.
    let name = "pvc-\(claim.uid)"
    do {
      try directory.create(name)
    } catch {
      context.events.record(
        .warning, reason: "ProvisioningFailed",
        message: "failed to provision volume with StorageClass \"\(className)\": \(error)", about: claim)
      throw error
    }
    let volume = PersistentVolume.named(name) {
      $0.metadata.annotations = [ClaimStep.provisionedBy: ClaimStep.provisioner]
      $0.metadata.finalizers = [ClaimStep.volumeProtection]
      $0.spec = .with {
        $0.accessModes = claim.spec?.accessModes
        $0.capacity = ["storage": claim.spec?.resources?.requests?["storage"] ?? Quantity()]
        $0.claimRef = ObjectReference(to: claim)
        $0.claimRef?.resourceVersion = nil
        $0.hostPath = .with {
          $0.path = directory.path(of: name)
          $0.type = "Directory"
        }
        $0.persistentVolumeReclaimPolicy = storageClass.reclaimPolicy
        $0.storageClassName = className
        $0.volumeMode = claim.spec?.volumeMode ?? "Filesystem"
        $0.mountOptions = storageClass.mountOptions
        $0.nodeAffinity = Self.affinity(storageClass)
      }
    }
    do {
      context.caches.volumes.observe(try await context.client.create(volume))
    } catch let error as APIError where error.isAlreadyExists {
      context.caches.volumes.observe(try await context.client.get(PersistentVolume.self, name))
    }
    context.events.record(
      .normal, reason: "ProvisioningSucceeded", message: "Successfully provisioned volume \(name)", about: claim)
    await queue.add(ObjectKey(claim))
  }

  /// Only a class with `allowedTopologies` ties its volumes to some nodes.
  private static func affinity(_ storageClass: StorageClass) -> VolumeNodeAffinity? {
    guard let topologies = storageClass.allowedTopologies, !topologies.isEmpty else { return nil }
    return .with {
      $0.required = .with {
        $0.nodeSelectorTerms = topologies.map { topology in
          .with {
            $0.matchExpressions = (topology.matchLabelExpressions ?? []).map { expression in
              .with { ($0.key, $0.operator, $0.values) = (expression.key, "In", expression.values) }
            }
          }
        }
      }
    }
  }

  // MARK: Resizing

  /// A directory has no size of its own, so growing is a matter of numbers.
  private func expand(_ claim: PersistentVolumeClaim, _ name: String) async throws {
    guard var volume = context.caches.volumes.get(name) else { return }
    let wanted = claim.spec?.resources?.requests?["storage"] ?? Quantity()
    if wanted > volume.spec?.capacity?["storage"] ?? Quantity() {
      let patch: JSON = [
        "metadata": ["uid": .string(volume.uid)], "spec": ["capacity": ["storage": .string(wanted.description)]],
      ]
      let written = try await context.ifPresent {
        try await context.client.patch(PersistentVolume.self, name, .merge(patch))
      }
      guard let written else { return }
      context.caches.volumes.observe(written)
      volume = written
    }
    var status = claim.status ?? PersistentVolumeClaimStatus()
    status.capacity = volume.spec?.capacity
    observe(try await context.writeStatus(of: claim, from: claim.status, to: status))
    context.events.record(
      .normal, reason: "FileSystemResizeSuccessful", message: "resized to \(wanted)", about: claim)
  }
}
