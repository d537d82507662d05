import ClusterAPI
import Kubernetes

extension ClusterController {
  /// Writes the status and takes all steps of a plan: labels first, as services find the primary by them. A step that
  /// fails does not keep the others from being taken, and is the reason the status gives.
  ///
  /// - Returns: whether no step was refused.
  func carryOut(
    _ plan: InstancePlan, _ blueprint: Blueprint, _ observed: ObservedCluster, _ certificates: CertificatesStatus?
  ) async throws -> Bool {
    let cluster = blueprint.cluster
    let passwords = [cluster.applicationSecretName, cluster.superuserSecretName].compactMap {
      caches.secrets.get($0, in: blueprint.namespace)
    }
    var metadata = MetadataPlan(blueprint: blueprint, observed: observed, passwords: passwords)
    if metadata.changesRoles {
      // Read now: an instance that takes over labels itself after it has the Lease, and what is watched may come later.
      let lease = try await client.find(Lease.self, blueprint.name, in: blueprint.namespace)
      metadata.holder = lease?.spec?.holderIdentity.flatMap { $0.isEmpty ? nil : $0 }
    }
    let changes = metadata.changes
    var announced = plan
    if !(changes.isEmpty && plan.actions.isEmpty), cluster.status?.phase == plan.phase {
      // How it ends is known after the steps only: a reason that still holds is not taken back meanwhile.
      announced.reason = cluster.status?.phaseReason ?? plan.reason
    }
    try await writeStatus(blueprint, observed, announced, certificates)

    // Each step is about an object of its own.
    let labelling = await attemptAll(changes) { change in
      Step("labelling \(change.name)") { try await perform(change, in: blueprint.namespace) }
    }
    // Of a new cluster the first instance comes first: the others wait for its data anyway.
    let first =
      plan.actions.firstIndex { if case .createPod(_, .initial) = $0 { true } else { false } }.map { $0 + 1 } ?? 0
    var acting: [(step: String, error: any Error)] = []
    for actions in [plan.actions[..<first], plan.actions[first...]] {
      acting += await attemptAll(actions) { action in
        Step(action.description) { try await perform(action, blueprint) }
      }
    }
    try Task.checkCancellation()
    let failures = labelling + acting

    let refusals = failures.compactMap { step, error in error.refusal.map { "\(step): \($0)" } }
    announce(
      refusals.map { ClusterWarning(reason: EventReason.reconciliationFailed, message: $0) }, topic: "steps",
      about: cluster)
    try await settle(cluster.key, reason: refusals.first ?? plan.reason)
    if let failure = failures.first(where: { $0.error.refusal == nil }) { throw failure.error }
    return failures.isEmpty
  }

  private struct Step: Sendable {
    let name: String
    let take: @Sendable () async throws -> Void

    init(_ name: String, _ take: @escaping @Sendable () async throws -> Void) {
      self.name = name
      self.take = take
    }
  }

  /// Takes steps at the same time. Returns those that failed, in the order given.
  private func attemptAll<Element: Sendable>(
    _ elements: some Collection<Element>, _ step: (Element) -> Step
  ) async -> [(step: String, error: any Error)] {
    await withTaskGroup(of: (Int, String, (any Error)?).self) { group in
      for (index, element) in elements.enumerated() {
        let step = step(element)
        group.addTask {
          do {
            try await step.take()
            return (index, step.name, nil)
          } catch {
            return (index, step.name, error)
          }
        }
      }
      var failed: [(Int, String, any Error)] = []
      for await (index, name, error) in group { if let error { failed.append((index, name, error)) } }
      return failed.sorted { $0.0 < $1.0 }.map { ($0.1, $0.2) }
    }
  }

  private func settle(_ key: ObjectKey, reason: String) async throws {
    guard let cluster = caches.clusters.get(key), var status = cluster.status, status.phaseReason != reason else {
      return
    }
    status.phaseReason = reason
    try await patchStatus(of: cluster, to: status)
  }

  private func perform(_ change: MetadataChange, in namespace: String) async throws {
    let patch = Patch.merge(change.patch)
    do {
      switch change.kind {
      case .pod: caches.pods.observe(try await client.patch(Pod.self, change.name, in: namespace, patch))
      case .claim:
        caches.claims.observe(try await client.patch(PersistentVolumeClaim.self, change.name, in: namespace, patch))
      case .secret: caches.secrets.observe(try await client.patch(Secret.self, change.name, in: namespace, patch))
      }
    } catch let error as APIError where error.isNotFound {
      return  // gone meanwhile
    }
  }
}

extension Error {
  /// What a person has to know about a step that was refused; nil for what passes by itself. Such a step is tried again
  /// every few seconds, not ever more seldom: what mends it may be nothing that is watched here.
  var refusal: String? {
    switch self {
    case let error as APIError where (400..<500).contains(error.status) && !error.isConflict && error.status != 429:
      error.message
    case let error as OperatorError: error.description
    default: nil
    }
  }

  /// The reason of the event about it.
  var eventReason: String { (self as? OperatorError)?.eventReason ?? EventReason.reconciliationFailed }
}
