import ClusterAPI
import Foundation
import Kubernetes
import Logging

/// Makes each Cluster exist and keeps it as declared: one pass looks at what there is, computes what there should be
/// (``Blueprint``, ``InstancePlan``, ``StatusReport``) and takes the next steps. Between passes it remembers only which
/// warnings it has said, and what would come out the same again.
struct ClusterController: Sendable {
  let client: KubernetesClient
  let caches: ClusterCaches
  let settings: OperatorSettings
  let instances: InstanceClient
  let events: EventRecorder
  let logger: Logger
  let warnings = WarningMemory()
  let memory = PassMemory()

  static let manager = "matriarch-operator"
  /// How soon a Cluster whose instances are not all ready is looked at again, should no event come first.
  private static let unsettledRecheck = Duration.seconds(5)
  private static let settledRecheck = Duration.seconds(60)

  /// One pass over one Cluster.
  ///
  /// - Returns: when to look again, should nothing happen before.
  func reconcile(_ key: ObjectKey) async throws -> Duration? {
    guard let cluster = caches.clusters.get(key), !cluster.isBeingDeleted else {
      warnings.forget(key)
      memory.forget(key)
      return nil
    }
    if cluster.annotations[Annotations.reconciliationLoop] == "disabled" {
      logger.info("reconciliation is disabled by annotation", metadata: ["cluster": "\(key)"])
      return nil
    }
    switch try await admission(of: cluster) {
    case .accepted: break
    case .refused: return nil
    case .changed: return .seconds(1)
    }
    // Whoever is about to take over needs the machine more than anybody needs this pass.
    guard !memory.isChangingHands(key, hasPrimary: hasPrimary(cluster)) else { return PassMemory.succession }
    let blueprint = Blueprint(cluster: cluster, settings: settings, recoveryBackup: recoveryBackup(of: cluster))
    let observed = await observe(blueprint)
    let ensured: EnsuredObjects
    do {
      ensured = try await ensureObjects(blueprint)
    } catch {
      guard let refusal = error.refusal else { throw error }
      guard !observed.isEmpty else {
        try await report(cluster, phase: Phase.cannotCreateObjects, reason: refusal, event: error.eventReason)
        return Self.unsettledRecheck
      }
      // Instances that exist are looked after, whatever else of the Cluster cannot be made.
      ensured = EnsuredObjects(warnings: [ClusterWarning(reason: error.eventReason, message: refusal)])
    }

    var plan = InstancePlan(blueprint, observed)
    if let problem = ensured.problem {
      plan.phase = Phase.cannotCreateObjects
      plan.reason = problem.message
    }
    announce(plan.warnings, topic: "plan", about: cluster)
    announce(ensured.warnings, topic: "objects", about: cluster)
    let isDone = try await carryOut(plan, blueprint, observed, ensured.certificates?.status)
    return isDone && plan.phase == Phase.healthy ? Self.settledRecheck : Self.unsettledRecheck
  }

  /// Says what holds now and did not hold in the last pass.
  func announce(_ warnings: [ClusterWarning], topic: String, about cluster: Cluster) {
    for warning in self.warnings.begun(warnings, of: cluster.key, topic: topic) {
      events.record(.warning, reason: warning.reason, message: warning.message, about: cluster)
      logger.warning(
        "\(warning.message)", metadata: ["cluster": "\(cluster.key)", "reason": "\(warning.reason)"])
    }
  }

  /// Says that a pass could not go on.
  func report(
    _ cluster: Cluster, phase: String, reason: String, event: String = EventReason.reconciliationFailed
  ) async throws {
    var status = cluster.status ?? ClusterStatus()
    guard status.phase != phase || status.phaseReason != reason else { return }
    status.phase = phase
    status.phaseReason = reason
    status.setCondition(
      ConditionType.ready, false, reason: ConditionReason.clusterIsNotReady,
      message: ConditionMessage.clusterIsNotReady, now: Timestamp.seconds())
    events.record(.warning, reason: event, message: reason, about: cluster)
    logger.error("\(reason)", metadata: ["cluster": "\(cluster.key)", "phase": "\(phase)"])
    try await patchStatus(of: cluster, to: status)
  }

  // MARK: - Looking

  /// Whether the primary that the status names is ready, is to stay it and is the Lease's holder still; or there is nobody to
  /// take over.
  private func hasPrimary(_ cluster: Cluster) -> Bool {
    guard let primary = cluster.status?.currentPrimary, cluster.status?.instances ?? 1 > 1 else { return true }
    guard cluster.status?.targetPrimary ?? primary == primary else { return false }
    let holder = caches.leases.get(cluster.name, in: cluster.namespace)?.spec?.holderIdentity ?? ""
    guard holder.isEmpty || holder == primary else { return false }
    return caches.pods.get(primary, in: cluster.namespace)?.isReady ?? false
  }

  /// The Backup that the Cluster is restored from, if it is there.
  private func recoveryBackup(of cluster: Cluster) -> Backup? {
    cluster.spec.bootstrap?.recovery?.backup.flatMap { caches.backups.get($0.name, in: cluster.namespace) }
  }

  private func observe(_ blueprint: Blueprint) async -> ObservedCluster {
    let cluster = blueprint.cluster
    let claims = caches.claims.all(in: cluster.namespace)
    var observed = ObservedCluster(
      pods: caches.pods.all().filter { $0.isOwned(by: cluster) }, claims: claims.filter { $0.isOwned(by: cluster) },
      detachedClaims: Set(
        claims.filter { !$0.isOwned(by: cluster) && $0.annotations[Annotations.pvcStatus] == Annotations.detached }
          .map(\.name)))
    let authority = caches.secrets.get(blueprint.cluster.serverAuthoritySecretName, in: blueprint.namespace)?.text(
      "ca.crt")
    if let authority {
      observed.reports = await instances.reports(of: observed.pods.filter(\.isReady), authorityPEM: authority)
    }
    for name in Set(observed.pods.compactMap { $0.spec?.nodeName }) { observed.nodes[name] = caches.nodes.get(name) }
    observed.hasJustAskedForSwitchover = memory.hasJustAskedForSwitchover(
      cluster.key, from: cluster.status?.currentPrimary)
    return observed
  }

  // MARK: - Status

  func writeStatus(
    _ blueprint: Blueprint, _ observed: ObservedCluster, _ plan: InstancePlan, _ certificates: CertificatesStatus?
  ) async throws {
    var status = StatusReport(blueprint: blueprint, observed: observed, plan: plan, now: .now).status()
    if let certificates { status.certificates = certificates }
    status.secretsResourceVersion = blueprint.secretVersions { caches.secrets.get($0, in: blueprint.namespace) }
    status.operatorCertificateFingerprint = instances.fingerprint
    try await patchStatus(of: blueprint.cluster, to: status)
  }

  /// Writes what differs. The patch names the version it was computed from: instances write to the same status, and
  /// a list (the conditions) is replaced as a whole.
  func patchStatus(of cluster: Cluster, to status: ClusterStatus) async throws {
    let before = try JSON(encoding: cluster.status ?? ClusterStatus())
    let change = MergePatch.difference(from: before, to: try JSON(encoding: status))
    guard change != [:] else { return }
    let updated = try await client.patch(
      Cluster.self, cluster.name, in: cluster.namespace,
      .merge(["metadata": ["resourceVersion": .string(cluster.metadata.resourceVersion ?? "")], "status": change]),
      subresource: "status")
    caches.clusters.observe(updated)
  }
}
