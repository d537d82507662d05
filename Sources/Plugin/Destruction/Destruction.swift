import ClusterAPI
import Kubernetes

/// What `destroy` comes to: what has to be deleted or let go of, in order.
public struct Destruction: Equatable, Sendable {
  struct Target: Equatable, Sendable {
    let name: String
    let uid: String

    init(_ object: some APIObject) {
      name = object.name
      uid = object.uid
    }
  }

  enum Step: Equatable, Sendable {
    case deleteClaim(Target)
    /// The claim stays and is the cluster's no longer.
    case detachClaim(name: String, JSON)
    case deletePod(Target)
    case deleteJob(Target)
  }

  private(set) var steps: [Step] = []

  /// - Parameters:
  ///   - pod: the one of the instance's name, if there is one.
  ///   - claims: those labelled with the instance; `jobs`: likewise.
  /// - Throws: where there is nothing of that name, or where it is not the cluster's.
  init(
    of instance: String, in cluster: Cluster, pod: Pod?, claims: [PersistentVolumeClaim], jobs: [Job],
    keepsVolumes: Bool
  ) throws(ClusterProblem) {
    let reference = ClusterReference(cluster.name, in: cluster.namespace)
    if let pod, !pod.isOwned(by: cluster) { throw .notOwned(instance, reference) }
    // Before anything is deleted: data of another cluster may be under that name.
    for claim in claims where claim.labels[Labels.instanceName] == instance {
      let isOwn = claim.isOwned(by: cluster)
      let isDetached =
        claim.annotations[Annotations.pvcStatus] == Annotations.detached && claim.labels[Labels.cluster] == cluster.name
      switch (isOwn, isDetached, keepsVolumes) {
      case (true, _, true): steps.append(.detachClaim(name: claim.name, Self.detachment(claim, of: cluster, instance)))
      case (true, _, false), (false, true, false): steps.append(.deleteClaim(Target(claim)))
      case (false, _, _): break
      }
    }
    let hadVolumes = !steps.isEmpty
    if let pod { steps.append(.deletePod(Target(pod))) }
    steps += jobs.filter { $0.labels[Labels.instanceName] == instance && $0.isOwned(by: cluster) }
      .map { .deleteJob(Target($0)) }
    guard pod != nil || hadVolumes || !steps.isEmpty else { throw .nothingOf(instance, reference) }
  }

  /// The claim without its owner, so that the garbage collector lets it live.
  private static func detachment(_ claim: PersistentVolumeClaim, of cluster: Cluster, _ instance: String) -> JSON {
    let others = (claim.metadata.ownerReferences ?? []).filter { $0.uid != cluster.uid }
    return [
      "metadata": [
        // Owners are replaced as a whole: nobody's change in between may be lost.
        "resourceVersion": .string(claim.metadata.resourceVersion ?? ""),
        "ownerReferences": (try? JSON(encoding: others)) ?? [],
        "annotations": [Annotations.pvcStatus: .string(Annotations.detached)],
        "labels": [Labels.instanceName: .string(instance)],
      ]
    ]
  }
}

extension APIObject {
  fileprivate func isOwned(by cluster: Cluster) -> Bool {
    (metadata.ownerReferences ?? []).contains { $0.kind == Cluster.resource.kind && $0.uid == cluster.uid }
  }
}
