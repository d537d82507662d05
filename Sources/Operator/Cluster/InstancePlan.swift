import ClusterAPI
import Kubernetes

/// One thing to do to an instance's pod or volumes.
enum InstanceAction: Equatable {
  /// The first instance of a new cluster is chosen before anything of it exists, so that nobody else may make data.
  case chooseFirstPrimary(InstanceName)
  /// The instances do it among themselves.
  case switchOver(from: InstanceName, to: InstanceName, SwitchoverReason)
  case createClaim(InstanceVolume)
  case resizeClaim(InstanceVolume, to: Quantity)
  case createPod(InstanceName, reason: CreationReason)
  case deletePod(name: String, reason: DeletionReason)
  /// Pod and volumes.
  case removeInstance(InstanceName, reason: RemovalReason)
}

extension InstanceAction: CustomStringConvertible {
  var description: String {
    switch self {
    case .chooseFirstPrimary(let instance): "choosing \(instance.text) as the first primary"
    case .switchOver(_, let target, _): "switching over to \(target.text)"
    case .createClaim(let volume): "creating volume \(volume.claimName)"
    case .resizeClaim(let volume, let size): "enlarging volume \(volume.claimName) to \(size)"
    case .createPod(let instance, _): "creating instance \(instance.text)"
    case .deletePod(let name, _): "deleting pod \(name)"
    case .removeInstance(let instance, _): "removing instance \(instance.text)"
    }
  }
}

enum CreationReason: Equatable { case initial, replica, recreated }

enum DeletionReason: Equatable {
  /// It has ended, in this phase.
  case ended(phase: String)
  /// Its specification is out of date, for this reason.
  case outdated(String)
}

enum SwitchoverReason: Equatable {
  /// The primary's node is being emptied.
  case drained(node: String)
  /// The primary's pod is to be made anew, for this reason.
  case outdated(String)
}

enum RemovalReason: Equatable { case scaleDown, unrecoverable }

/// What a pass over a Cluster's instances comes to: the next steps, and how things stand in words.
struct InstancePlan: Equatable {
  var actions: [InstanceAction] = []
  var phase = Phase.healthy
  var reason = ""
  var warnings: [ClusterWarning] = []
}

extension InstancePlan {
  static let unrecoverable = """
    One or more instances were previously created, but no PersistentVolumeClaims (PVCs) exist. \
    The cluster is in an unrecoverable state: restore it from a backup into a new Cluster.
    """

  /// The next steps towards what the Cluster asks for. It looks only at what is and what should be, so it can be
  /// computed again at any time, and every step can be repeated.
  init(_ blueprint: Blueprint, _ observed: ObservedCluster) {
    let cluster = blueprint.cluster
    let instances = observed.instances(of: blueprint.name)
    let isInitialized = cluster.hasCondition(ConditionType.initialized)
    let hasData = observed.claims.contains { $0.labels[Labels.pvcRole] == VolumeRole.data.rawValue }

    if isInitialized && !hasData {
      // Made before and gone now. A new, empty cluster under the old name would hide the loss.
      phase = Phase.unrecoverable
      reason = Self.unrecoverable
      return
    }
    if !isInitialized, let method = blueprint.unsupportedBootstrap {
      phase = Phase.firstPrimary
      reason = "No instance is created: \(method) is not acted on yet. Use \(blueprint.supportedBootstrap)."
      return
    }
    // Once there are instances, they themselves say what they miss.
    if !isInitialized, instances.isEmpty, let obstacle = blueprint.recoveryObstacle {
      phase = Phase.firstPrimary
      reason = obstacle
      warnings.append(ClusterWarning(reason: EventReason.noBackup, message: obstacle))
      return
    }
    if !isInitialized, instances.isEmpty, let major = blueprint.refusedCatalogMajor {
      phase = Phase.invalidImageCatalog
      reason =
        "No instance is created: spec.imageCatalogRef is not acted on yet, and the operator's default image "
        + "\(blueprint.image) is not of PostgreSQL \(major). Give spec.imageName in its place."
      return
    }
    if cluster.status?.targetPrimary == nil && instances.isEmpty {
      actions.append(.chooseFirstPrimary(blueprint.instance(1)))
    }
    if let major = blueprint.refusedMajor {
      warnings.append(
        ClusterWarning(
          reason: "MajorUpgradeNotSupported",
          message:
            "PostgreSQL \(major), which spec.imageName asks for, is not taken: major upgrades are not acted on yet. "
            + "The instances stay on \(blueprint.image): set spec.imageName back to it."))
    }
    deleteEndedPods(observed)
    let removed = removeInstances(blueprint, observed, instances)
    keep(blueprint, observed, instances.filter { $0 != removed })
    if removed == nil { scaleUp(blueprint, observed, existing: instances) }
    leaveDrainedNode(blueprint, observed, instances)
    if actions.isEmpty { rollOut(blueprint, observed, instances) }
    describe(blueprint, observed, instances)
  }

  private mutating func deleteEndedPods(_ observed: ObservedCluster) {
    for pod in observed.pods where pod.hasEnded && !pod.isBeingDeleted {
      actions.append(.deletePod(name: pod.name, reason: .ended(phase: pod.status?.phase ?? "")))
    }
  }

  /// At most one instance goes in a pass: one marked as beyond repair, or one too many.
  private mutating func removeInstances(
    _ blueprint: Blueprint, _ observed: ObservedCluster, _ instances: [InstanceName]
  ) -> InstanceName? {
    let status = blueprint.cluster.status
    // Those whose volumes are on their way out are gone already.
    let living = instances.filter { !observed.isLosingVolume($0) }
    let expendable = living.filter { $0.text != status?.currentPrimary && $0.text != status?.targetPrimary }
    let marked = expendable.first { observed.pod($0)?.annotations[Annotations.unrecoverable] == "true" }
    if let marked {
      actions.append(.removeInstance(marked, reason: .unrecoverable))
      return marked
    }
    guard living.count > blueprint.spec.instances else { return nil }
    // One that does not run costs nothing to lose; otherwise the one with the highest serial.
    let victim = expendable.last { observed.pod($0)?.isActive != true } ?? expendable.last
    if let victim { actions.append(.removeInstance(victim, reason: .scaleDown)) }
    return victim
  }

  /// Every instance has all its volumes, of the right size, and a pod.
  private mutating func keep(_ blueprint: Blueprint, _ observed: ObservedCluster, _ instances: [InstanceName]) {
    // A claim on its way out goes when its pod does; a new pod would hold on to it, a new volume bring the instance back.
    for instance in instances where !observed.isLosingVolume(instance) {
      for volume in blueprint.volumes(of: instance) {
        if let claim = observed.claim(volume) {
          resize(blueprint, volume, claim)
        } else {
          actions.append(.createClaim(volume))
        }
      }
      if observed.pod(instance) == nil {
        let wasReady = observed.claims.contains {
          $0.labels[Labels.instanceName] == instance.text && $0.annotations[Annotations.pvcStatus] == "ready"
            && $0.labels[Labels.pvcRole] == VolumeRole.data.rawValue
        }
        actions.append(.createPod(instance, reason: wasReady ? .recreated : .replica))
      }
    }
  }

  private mutating func resize(_ blueprint: Blueprint, _ volume: InstanceVolume, _ claim: PersistentVolumeClaim) {
    guard blueprint.spec.storage?.resizeInUseVolumes != false,
      let wanted = blueprint.claim(volume).spec?.resources?.requests?["storage"],
      let present = claim.spec?.resources?.requests?["storage"], wanted != present
    else { return }
    if wanted > present {
      actions.append(.resizeClaim(volume, to: wanted))
    } else {
      warnings.append(
        ClusterWarning(
          reason: "VolumeNotShrunk",
          message: "Volume \(claim.name) stays at \(present): volumes cannot shrink to \(wanted)"))
    }
  }

  /// How many instances a pass makes at most; the next pass goes on.
  private static let mostNewInstances = 16

  /// New instances take the lowest free serials. All are made at once: each standby waits for the primary by itself.
  private mutating func scaleUp(_ blueprint: Blueprint, _ observed: ObservedCluster, existing: [InstanceName]) {
    let taken = Set(existing.map(\.serial))
    let wanted = min(blueprint.spec.instances, existing.count + Self.mostNewInstances)
    var count = existing.count
    var serial = 1
    while count < wanted {
      defer { serial += 1 }
      guard !taken.contains(serial) else { continue }
      let instance = blueprint.instance(serial)
      let volumes = blueprint.volumes(of: instance)
      // Somebody keeps volumes of that name.
      let areKept = volumes.contains { observed.detachedClaims.contains($0.claimName) }
      guard existing.isEmpty || !areKept else { continue }
      actions += volumes.map(InstanceAction.createClaim)
      actions.append(.createPod(instance, reason: existing.isEmpty && serial == 1 ? .initial : .replica))
      count += 1
    }
  }
}

extension InstancePlan {
  /// Nothing to do and nothing to say.
  static let settled = InstancePlan()
}
