import Foundation
import Kubernetes

/// Keeps as many pods as each ReplicaSet asks for.
struct ReplicaSetController: Sendable {
  private let context: ControllerContext
  private let deletions = DeletionMemory()

  init(_ context: ControllerContext) { self.context = context }

  var controller: Controller<ObjectKey> {
    let caches = context.caches
    return Controller(
      "replicaset", workers: 2, caches: [caches.replicaSets, caches.pods],
      sources: [
        Controller.keys(of: caches.replicaSets),
        Controller.owners(of: caches.pods, kind: ReplicaSet.resource),
        Controller.keys(of: caches.pods) { change in
          // An orphan may be adopted.
          let pod = change.object
          guard pod.controllerReference == nil, !pod.labels.isEmpty else { return [] }
          return caches.replicaSets.all(in: pod.namespace)
            .filter { $0.spec?.selector.matches(pod.labels) ?? false }.map { ObjectKey($0) }
        },
      ],
      logger: context.logger
    ) { key in
      guard let set = caches.replicaSets.get(key) else { return nil }
      return try await reconcile(set)
    }
  }

  private func reconcile(_ set: ReplicaSet) async throws -> Duration? {
    let pods = deletions.filter(context.caches.pods.all(in: set.namespace), of: context.caches.pods)
    let plan = ReplicaSetPlan(set, pods: pods, now: .now)
    for pod in plan.adopt { try await setOwner(of: pod, OwnerReference(controller: set), in: set) }
    for pod in plan.release { try await setOwner(of: pod, nil, in: set) }
    for pod in plan.delete {
      deletions.insert(pod.uid)
      try await context.delete(pod)
      context.events.record(
        .normal, reason: "SuccessfulDelete", message: "Deleted pod: \(pod.name)", about: set)
    }
    var status = plan.status
    let failure = await create(plan.create, for: set)
    status.conditions = Self.conditions(status.conditions ?? [], failure: failure)
    if let written = try await context.writeStatus(of: set, from: set.status, to: status) {
      context.caches.replicaSets.observe(written)
    }
    if let failure { throw failure }
    return plan.recheck?.remaining()
  }

  /// - Returns: what kept it from creating them all.
  private func create(_ count: Int, for set: ReplicaSet) async -> (any Error)? {
    guard let template = set.spec?.template else { return nil }
    for _ in 0..<count {
      do {
        let pod = try await context.client.create(template.pod(of: set))
        context.caches.pods.observe(pod)
        context.events.record(.normal, reason: "SuccessfulCreate", message: "Created pod: \(pod.name)", about: set)
      } catch {
        context.events.record(.warning, reason: "FailedCreate", message: "Error creating: \(error)", about: set)
        return error
      }
    }
    return nil
  }

  private func setOwner(of pod: Pod, _ owner: OwnerReference?, in set: ReplicaSet) async throws {
    let owners = (pod.metadata.ownerReferences ?? []).filter { $0.uid != set.uid } + (owner.map { [$0] } ?? [])
    let patch: JSON = [
      "metadata": [
        "uid": .string(pod.uid), "resourceVersion": .string(pod.metadata.resourceVersion ?? ""),
        "ownerReferences": owners.isEmpty ? .null : try JSON(encoding: owners),
      ]
    ]
    let written = try await context.ifPresent {
      try await context.client.patch(Pod.self, pod.name, in: pod.namespace, .merge(patch))
    }
    if let written { context.caches.pods.observe(written) }
  }

  private static func conditions(_ known: [ReplicaSetCondition], failure: (any Error)?) -> [ReplicaSetCondition]? {
    var conditions = known.filter { $0.type != "ReplicaFailure" }
    if let failure {
      let before = known.first { $0.type == "ReplicaFailure" }
      conditions.append(
        before
          ?? .with {
            $0.type = "ReplicaFailure"
            $0.status = "True"
            $0.reason = "FailedCreate"
            $0.message = "\(failure)"
            $0.lastTransitionTime = Date.now.kubernetesTime
          })
    }
    return conditions.isEmpty ? nil : conditions
  }
}
