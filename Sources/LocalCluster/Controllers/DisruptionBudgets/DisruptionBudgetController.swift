import Foundation
import Kubernetes

/// Keeps the status of PodDisruptionBudgets, by which the API server decides about evictions.
struct DisruptionBudgetController: Sendable {
  /// A granted eviction counts for this long if the pod does not go (Kubernetes' `DeletionTimeout`).
  private static let disruptionTimeout: TimeInterval = 120
  private let context: ControllerContext
  private let discovery: APIDiscovery

  init(_ context: ControllerContext, _ discovery: APIDiscovery) {
    self.context = context
    self.discovery = discovery
  }

  var controller: Controller<ObjectKey> {
    let caches = context.caches
    return Controller(
      "disruption", caches: [caches.budgets, caches.pods, caches.replicaSets, caches.deployments],
      sources: [
        Controller.keys(of: caches.budgets),
        Controller.keys(of: caches.pods) { change in
          var states = [change.object]
          if case .updated(let old, _) = change { states.append(old) }
          return caches.budgets.all(in: change.key.namespace).filter { budget in
            states.contains { budget.spec?.selector?.matches($0.labels) ?? false }
          }.map { ObjectKey($0) }
        },
        Controller.keys(of: caches.replicaSets) { change in
          caches.budgets.all(in: change.key.namespace).map { ObjectKey($0) }
        },
      ],
      logger: context.logger
    ) { key in
      guard let budget = caches.budgets.get(key), !budget.isBeingDeleted else { return nil }
      return try await reconcile(budget)
    }
  }

  private func reconcile(_ budget: PodDisruptionBudget) async throws -> Duration? {
    let spec = budget.spec ?? PodDisruptionBudgetSpec()
    let pods = context.caches.pods.all(in: budget.namespace).filter { pod in
      !pod.hasEnded && spec.selector?.matches(pod.labels) ?? false
    }
    var expected: Int?
    if spec.maxUnavailable != nil || spec.minAvailable.map({ if case .string = $0 { true } else { false } }) ?? false {
      expected = try await expectedScale(of: pods)
    }
    // Evictions that the API server granted, until the pod is gone or the grant is too old.
    var disrupted = budget.status?.disruptedPods ?? [:]
    let names = Set(pods.filter { !$0.isBeingDeleted }.map(\.name))
    disrupted = disrupted.filter { name, time in
      names.contains(name)
        && Date(kubernetesTime: time).map { Date.now.timeIntervalSince($0) < Self.disruptionTimeout } ?? false
    }
    let numbers = DisruptionBudget.numbers(of: spec, pods: pods, expected: expected, disrupted: Set(disrupted.keys))
    var status = budget.status ?? PodDisruptionBudgetStatus()
    status.observedGeneration = budget.metadata.generation
    status.disruptedPods = disrupted.isEmpty ? nil : disrupted
    if let numbers {
      status.expectedPods = numbers.expectedPods
      status.currentHealthy = numbers.currentHealthy
      status.desiredHealthy = numbers.desiredHealthy
      status.disruptionsAllowed = numbers.disruptionsAllowed
    } else {
      // What cannot be computed allows nothing.
      status.disruptionsAllowed = 0
      context.events.record(
        .warning, reason: "CalculateExpectedPodCountFailed",
        message: "Failed to calculate the number of expected pods: found no controller with a scale for the pods; "
          + "use a whole number in spec.minAvailable", about: budget)
    }
    status.conditions = Self.conditions(budget, isKnown: numbers != nil, allowed: status.disruptionsAllowed)
    // An eviction granted meanwhile must not be forgotten.
    if let written = try await context.writeStatus(of: budget, from: budget.status, to: status, ifUnchanged: true) {
      context.caches.budgets.observe(written)
    }
    return disrupted.isEmpty ? nil : .seconds(Self.disruptionTimeout)
  }

  private static func conditions(_ budget: PodDisruptionBudget, isKnown: Bool, allowed: Int) -> [Condition] {
    let known = budget.status?.conditions ?? []
    let before = known.first { $0.type == "DisruptionAllowed" }
    let status = allowed > 0 ? "True" : "False"
    let reason = isKnown ? (allowed > 0 ? "SufficientPods" : "InsufficientPods") : "SyncFailed"
    let condition = Condition.with {
      $0.type = "DisruptionAllowed"
      $0.status = status
      $0.reason = reason
      $0.observedGeneration = budget.metadata.generation
      $0.lastTransitionTime =
        before.flatMap { $0.status == status ? $0.lastTransitionTime : nil } ?? Date.now.kubernetesTime
    }
    return known.filter { $0.type != "DisruptionAllowed" } + [condition]
  }

  /// How many pods the controllers of these want together; nil where one has no controller with a scale.
  private func expectedScale(of pods: [Pod]) async throws -> Int? {
    var owners: [String: OwnerReference] = [:]
    for pod in pods {
      guard let owner = pod.controllerReference else { return nil }
      owners[owner.uid] = owner
    }
    var total = 0
    for owner in owners.values {
      guard let scale = try await scale(of: owner, in: pods.first?.namespace ?? "") else { return nil }
      total += scale
    }
    return total
  }

  private func scale(of owner: OwnerReference, in namespace: String) async throws -> Int? {
    let caches = context.caches
    if owner.kind == "ReplicaSet", let set = caches.replicaSets.get(owner.name, in: namespace) {
      if let parent = set.metadata.controllerReference,
        let deployment = caches.deployments.get(parent.name, in: namespace)
      {
        return deployment.spec?.replicas
      }
      return set.spec?.replicas
    }
    guard let resource = try await discovery.resource(apiVersion: owner.apiVersion, kind: owner.kind) else {
      return nil
    }
    let path = resource.path(namespace: namespace, name: owner.name, subresource: "scale")
    return try await context.ifPresent {
      let scale = try await context.client.request(path: path).json()
      // A custom resource may say any number.
      return scale[path: ["spec", "replicas"]]?.intValue.map { Int(min(max(0, $0), Int64(Int32.max))) }
    } ?? nil
  }
}
