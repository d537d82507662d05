import Kubernetes

/// What a pod's claims demand of its node.
struct VolumePlacement: Sendable {
  /// The node that a claim with `volumeBindingMode: WaitForFirstConsumer` waits for.
  static let selectedNode = "volume.kubernetes.io/selected-node"

  /// Why no node will do, as long as the claims are as they are.
  private(set) var obstacle: String?
  /// Claims that are provisioned when a node is chosen.
  private(set) var waiting: [PersistentVolumeClaim] = []
  private var affinities: [NodeSelector] = []

  init(pod: Pod, snapshot: SchedulingSnapshot) {
    for volume in pod.spec?.volumes ?? [] {
      let name: String
      if let claim = volume.persistentVolumeClaim?.claimName {
        name = claim
      } else if volume.ephemeral != nil {
        name = "\(pod.name)-\(volume.name)"
      } else {
        continue
      }
      guard let claim = snapshot.claims["\(pod.namespace)/\(name)"] else {
        obstacle = "persistentvolumeclaim \"\(name)\" not found"
        return
      }
      if let obstacle = add(claim, snapshot) {
        self.obstacle = obstacle
        return
      }
    }
  }

  private mutating func add(_ claim: PersistentVolumeClaim, _ snapshot: SchedulingSnapshot) -> String? {
    if claim.isBeingDeleted { return "persistentvolumeclaim \"\(claim.name)\" is being deleted" }
    if claim.status?.phase == "Lost" {
      return "persistentvolumeclaim \"\(claim.name)\" bound to non-existent persistentvolume"
    }
    guard claim.status?.phase == "Bound", let name = claim.spec?.volumeName else {
      let mode = claim.spec?.storageClassName.flatMap { snapshot.classes[$0] }?.volumeBindingMode
      guard mode == "WaitForFirstConsumer" else { return "pod has unbound immediate PersistentVolumeClaims" }
      waiting.append(claim)
      return nil
    }
    guard let volume = snapshot.volumes[name] else {
      return "persistentvolumeclaim \"\(claim.name)\" bound to non-existent persistentvolume \"\(name)\""
    }
    if let required = volume.spec?.nodeAffinity?.required { affinities.append(required) }
    return nil
  }

  func objection(to state: NodeState) -> String? {
    affinities.allSatisfy { $0.matches(state.node) } ? nil : "node(s) didn't match PersistentVolume's node affinity"
  }

  /// The node that the claims were promised to earlier.
  var promisedNode: String? {
    waiting.compactMap { $0.annotations[Self.selectedNode] }.first { !$0.isEmpty }
  }
}
