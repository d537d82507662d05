import Foundation
import Kubernetes

/// Exchanges the pods of each Deployment by way of ReplicaSets.
struct DeploymentController: Sendable {
  private let context: ControllerContext

  init(_ context: ControllerContext) { self.context = context }

  var controller: Controller<ObjectKey> {
    let caches = context.caches
    return Controller(
      "deployment", caches: [caches.deployments, caches.replicaSets, caches.pods],
      sources: [
        Controller.keys(of: caches.deployments),
        Controller.owners(of: caches.replicaSets, kind: Deployment.resource),
        Controller.keys(of: caches.pods) { change in
          // Only `Recreate` waits for pods, and only for them to be gone.
          guard case .deleted(let pod) = change, let owner = pod.controllerReference, owner.kind == "ReplicaSet",
            let set = caches.replicaSets.get(owner.name, in: pod.namespace),
            let deployment = set.metadata.controllerReference
          else { return [] }
          return [ObjectKey(deployment.name, in: pod.namespace)]
        },
      ],
      logger: context.logger
    ) { key in
      guard let deployment = caches.deployments.get(key) else { return nil }
      return try await reconcile(deployment)
    }
  }

  private func reconcile(_ deployment: Deployment) async throws -> Duration? {
    let caches = context.caches
    let sets = caches.replicaSets.all(in: deployment.namespace)
      .filter { $0.metadata.controllerReference?.uid == deployment.uid }
    let plan = DeploymentPlan(
      deployment, sets: sets,
      oldPodsRun: { current in
        let old = Set(sets.map(\.uid)).subtracting([current?.uid ?? ""])
        return caches.pods.all(in: deployment.namespace).contains { pod in
          !pod.hasEnded && old.contains(pod.controllerReference?.uid ?? "")
        }
      }, now: .now)
    if let set = plan.create, try await !create(set, for: deployment) { return nil }
    for set in sets {
      try await change(set, plan, deployment)
    }
    for name in plan.delete {
      guard let set = sets.first(where: { $0.name == name }) else { continue }
      try await context.delete(set)
    }
    try await writeStatus(deployment, plan)
    return plan.recheck?.remaining()
  }

  /// - Returns: false where the name was taken; the next pass tries another one.
  private func create(_ set: ReplicaSet, for deployment: Deployment) async throws -> Bool {
    do {
      context.caches.replicaSets.observe(try await context.client.create(set))
    } catch let error as APIError where error.isAlreadyExists {
      let other = try await context.client.find(ReplicaSet.self, set.name, in: set.namespace)
      if let other, other.metadata.controllerReference?.uid == deployment.uid,
        other.spec?.template.map(DeploymentPlan.withoutHash) == set.spec?.template.map(DeploymentPlan.withoutHash)
      {
        // Ours, from a request whose answer was lost.
        context.caches.replicaSets.observe(other)
        return true
      }
      var status = deployment.status ?? DeploymentStatus()
      status.collisionCount = (status.collisionCount ?? 0) + 1
      if let written = try await context.writeStatus(of: deployment, from: deployment.status, to: status) {
        context.caches.deployments.observe(written)
      }
      return false
    }
    scaled(deployment, "up", set.name, from: 0, to: set.spec?.replicas ?? 0)
    return true
  }

  private func change(_ set: ReplicaSet, _ plan: DeploymentPlan, _ deployment: Deployment) async throws {
    var patch: JSON = [:]
    let before = set.spec?.replicas ?? 0
    if let replicas = plan.scale[set.name], replicas != before {
      patch["spec"] = ["replicas": .int(Int64(replicas))]
    }
    if let revision = plan.revisions[set.name] {
      patch["metadata"] = ["annotations": [DeploymentPlan.revisionAnnotation: .string(revision)]]
    }
    guard patch != [:] else { return }
    let written = try await context.ifPresent {
      try await context.client.patch(ReplicaSet.self, set.name, in: set.namespace, .merge(patch))
    }
    guard let written else { return }
    context.caches.replicaSets.observe(written)
    let after = written.spec?.replicas ?? 0
    if after != before { scaled(deployment, after > before ? "up" : "down", set.name, from: before, to: after) }
  }

  private func scaled(_ deployment: Deployment, _ direction: String, _ set: String, from old: Int, to new: Int) {
    context.events.record(
      .normal, reason: "ScalingReplicaSet", message: "Scaled \(direction) replica set \(set) from \(old) to \(new)",
      about: deployment)
  }

  private func writeStatus(_ deployment: Deployment, _ plan: DeploymentPlan) async throws {
    if let revision = plan.revision, deployment.annotations[DeploymentPlan.revisionAnnotation] != revision {
      let patch: JSON = ["metadata": ["annotations": [DeploymentPlan.revisionAnnotation: .string(revision)]]]
      try await context.ifPresent {
        try await context.client.patch(Deployment.self, deployment.name, in: deployment.namespace, .merge(patch))
      }
    }
    if let written = try await context.writeStatus(of: deployment, from: deployment.status, to: plan.status) {
      context.caches.deployments.observe(written)
    }
  }
}
