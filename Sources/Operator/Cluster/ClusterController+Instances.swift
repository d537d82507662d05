import ClusterAPI
import Kubernetes

extension ClusterController {
  /// Takes one step of a plan. Each may be repeated: what exists already, or is gone already, is as good as done.
  func perform(_ action: InstanceAction, _ blueprint: Blueprint) async throws {
    let cluster = blueprint.cluster
    switch action {
    case .chooseFirstPrimary:
      break  // it is in the status, which is written before any other step
    case .switchOver(let primary, let target, let reason):
      // It is in the status, too.
      memory.noteSwitchover(cluster.key, from: primary.text)
      switch reason {
      case .drained(let node):
        events.record(
          .normal, reason: EventReason.switchingOver,
          message: "Current primary is running on unschedulable node \(node), switching over from \(primary.text) to "
            + target.text, about: cluster)
      case .outdated:
        events.record(
          .normal, reason: EventReason.switchover,
          message: "Initiating switchover to \(target.text) to upgrade \(primary.text)", about: cluster)
      }
    case .createClaim(let volume):
      do {
        caches.claims.observe(try await client.create(blueprint.claim(volume)))
      } catch let error as APIError where error.isAlreadyExists {
        caches.claims.observe(try await owned(PersistentVolumeClaim.self, volume.claimName, cluster))
      }
    case .resizeClaim(let volume, let size):
      let updated = try await client.patch(
        PersistentVolumeClaim.self, volume.claimName, in: cluster.namespace,
        .merge(["spec": ["resources": ["requests": ["storage": .string(size.description)]]]]))
      caches.claims.observe(updated)
    case .createPod(let instance, let reason):
      do {
        caches.pods.observe(try await client.create(blueprint.pod(instance)))
        events.record(
          .normal, reason: "CreatingInstance", message: creationMessage(instance, reason, cluster), about: cluster)
      } catch let error as APIError where error.isAlreadyExists {
        caches.pods.observe(try await owned(Pod.self, instance.text, cluster))
      }
    case .deletePod(let name, let reason):
      guard let pod = caches.pods.get(name, in: cluster.namespace) else { return }
      try await delete(Pod.self, pod)
      switch reason {
      case .ended(let phase):
        events.record(.normal, reason: "DeletePod", message: "Deleted '\(phase)' pod: '\(name)'", about: cluster)
      case .outdated:
        events.record(.normal, reason: "UpgradingInstance", message: "Upgrading instance \(name)", about: cluster)
      }
    case .removeInstance(let instance, let reason):
      try await remove(instance, blueprint)
      switch reason {
      case .scaleDown:
        events.record(
          .normal, reason: "ScaleDown", message: "Scaling down - removing instance: \(instance.text)", about: cluster)
      case .unrecoverable:
        events.record(
          .normal, reason: "DeleteUnrecoverableInstance", message: "Deleting unrecoverable instance \(instance.text)",
          about: cluster)
      }
    }
  }

  private func creationMessage(_ instance: InstanceName, _ reason: CreationReason, _ cluster: Cluster) -> String {
    switch reason {
    case .initial: "Primary instance (\(cluster.spec.bootstrap?.recovery == nil ? "initdb" : "recovery"))"
    case .replica: "Creating instance \(instance.text)"
    case .recreated: "Recreating instance \(instance.text)"
    }
  }

  /// The object of a name that is taken, where it is the Cluster's. A volume that belongs to somebody else holds somebody
  /// else's data.
  private func owned<T: APIObject>(_ type: T.Type, _ name: String, _ cluster: Cluster) async throws -> T {
    let object = try await client.get(type, name, in: cluster.namespace)
    _ = try Ownership(object.metadata, cluster: cluster).claim(T.resource.kind, name, for: cluster)
    return object
  }

  private func remove(_ instance: InstanceName, _ blueprint: Blueprint) async throws {
    if let pod = caches.pods.get(instance.text, in: blueprint.namespace) { try await delete(Pod.self, pod) }
    for claim in caches.claims.all()
    where claim.namespace == blueprint.namespace && claim.isOwned(by: blueprint.cluster)
      && claim.labels[Labels.instanceName] == instance.text
    {
      try await delete(PersistentVolumeClaim.self, claim)
    }
  }
}
