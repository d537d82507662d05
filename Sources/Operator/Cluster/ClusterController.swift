import ClusterAPI
import Foundation
import Kubernetes
import Logging

/// Makes each Cluster exist and keeps it as declared: one pass looks at what there is, computes what there should be
/// (``Blueprint``, ``InstancePlan``, ``StatusReport``) and takes the next steps. It remembers nothing between passes.
struct ClusterController: Sendable {
  let client: KubernetesClient
  let caches: ClusterCaches
  let settings: OperatorSettings
  let instances: InstanceClient
  let events: EventRecorder
  let logger: Logger

  static let manager = "matriarch-operator"
  /// How soon a Cluster whose instances are not all ready is looked at again, should no event come first.
  private static let unsettledRecheck = Duration.seconds(5)
  private static let settledRecheck = Duration.seconds(60)

  /// One pass over one Cluster.
  ///
  /// - Returns: when to look again, should nothing happen before.
  func reconcile(_ key: ObjectKey) async throws -> Duration? {
    guard let cluster = caches.clusters.get(key.name, in: key.namespace), !cluster.isBeingDeleted else { return nil }
    if cluster.annotations[Annotations.reconciliationLoop] == "disabled" {
      logger.info("reconciliation is disabled by annotation", metadata: ["cluster": "\(key)"])
      return nil
    }
    guard try await isAdmissible(cluster) else { return nil }
    let blueprint = Blueprint(cluster: cluster, settings: settings)
    let certificates: CertificatePlan
    do {
      certificates = try await ensureObjects(blueprint)
    } catch let error as APIError where !error.isConflict {
      try await report(cluster, phase: Phase.cannotCreateObjects, reason: error.message)
      throw error
    }

    let observed = await observe(blueprint)
    let plan = InstancePlan(blueprint, observed)
    try await writeStatus(blueprint, observed, plan, certificates)
    for warning in plan.warnings {
      events.record(.warning, reason: warning.reason, message: warning.message, about: cluster)
    }
    for action in plan.actions { try await perform(action, blueprint) }
    try await labelInstances(blueprint, observed)
    return plan.phase == Phase.healthy ? Self.settledRecheck : Self.unsettledRecheck
  }

  // MARK: - Admission, again

  /// Webhooks may be missing or switched off, so defaults and rules are applied here as well.
  private func isAdmissible(_ cluster: Cluster) async throws -> Bool {
    let defaulted = try cluster.defaulted(settings: DefaultingSettings(postgresImage: settings.postgresImage))
    let change = MergePatch.difference(from: try JSON(encoding: cluster.spec), to: try JSON(encoding: defaulted.spec))
    if change != [:] {
      let updated = try await client.patch(Cluster.self, cluster.name, in: cluster.namespace, .merge(["spec": change]))
      caches.clusters.observe(updated)
    }
    guard cluster.annotations[Annotations.validation] != "disabled" else { return true }
    let result = defaulted.validateCreate()
    guard let first = result.errors.first else { return true }
    let fields = result.errors.map(\.path).joined(separator: ", ")
    try await report(
      cluster, phase: Phase.invalidDefinition,
      reason: "the resource failed admission validation on: \(fields): \(first.message)")
    return false
  }

  /// Says that a pass could not go on.
  private func report(_ cluster: Cluster, phase: String, reason: String) async throws {
    var status = cluster.status ?? ClusterStatus()
    guard status.phase != phase || status.phaseReason != reason else { return }
    status.phase = phase
    status.phaseReason = reason
    status.setCondition(
      ConditionType.ready, false, reason: ConditionReason.clusterIsNotReady,
      message: ConditionMessage.clusterIsNotReady, now: Timestamp.seconds())
    events.record(.warning, reason: "ReconciliationFailed", message: reason, about: cluster)
    try await patchStatus(of: cluster, to: status)
  }

  // MARK: - Looking

  private func observe(_ blueprint: Blueprint) async -> ObservedCluster {
    let cluster = blueprint.cluster
    var observed = ObservedCluster(
      pods: caches.pods.all().filter { $0.isOwned(by: cluster) },
      claims: caches.claims.all().filter { $0.isOwned(by: cluster) })
    let authority = caches.secrets.get(blueprint.cluster.serverAuthoritySecretName, in: blueprint.namespace)?.text(
      "ca.crt")
    if let authority {
      observed.reports = await instances.reports(of: observed.pods.filter(\.isReady), authorityPEM: authority)
    }
    return observed
  }

  // MARK: - Status

  private func writeStatus(
    _ blueprint: Blueprint, _ observed: ObservedCluster, _ plan: InstancePlan, _ certificates: CertificatePlan
  ) async throws {
    var status = StatusReport(blueprint: blueprint, observed: observed, plan: plan, now: Timestamp.seconds()).status()
    status.certificates = certificates.status
    status.operatorCertificateFingerprint = instances.fingerprint
    try await patchStatus(of: blueprint.cluster, to: status)
  }

  /// Writes what differs. The patch names the version it was computed from: instances write to the same status, and
  /// a list (the conditions) is replaced as a whole.
  private func patchStatus(of cluster: Cluster, to status: ClusterStatus) async throws {
    let before = try JSON(encoding: cluster.status ?? ClusterStatus())
    let change = MergePatch.difference(from: before, to: try JSON(encoding: status))
    guard change != [:] else { return }
    let updated = try await client.patch(
      Cluster.self, cluster.name, in: cluster.namespace,
      .merge(["metadata": ["resourceVersion": .string(cluster.metadata.resourceVersion ?? "")], "status": change]),
      subresource: "status")
    caches.clusters.observe(updated)
  }

  // MARK: - Labels

  /// Services find the primary by label: labels follow `status.currentPrimary`.
  private func labelInstances(_ blueprint: Blueprint, _ observed: ObservedCluster) async throws {
    guard let primary = blueprint.cluster.status?.currentPrimary else { return }
    for pod in observed.pods where pod.isActive {
      let role: InstanceRole = pod.name == primary ? .primary : .replica
      if pod.labels[Labels.instanceRole] != role.rawValue || pod.labels[Labels.legacyRole] != role.rawValue {
        let updated = try await client.patch(
          Pod.self, pod.name, in: pod.namespace, .merge(["metadata": ["labels": roleLabels(role)]]))
        caches.pods.observe(updated)
      }
    }
    for claim in observed.claims where !claim.isBeingDeleted {
      let instance = claim.labels[Labels.instanceName] ?? ""
      let role: InstanceRole = instance == primary ? .primary : .replica
      let isFilled = observed.pods.contains { $0.name == instance && $0.isReady }
      var metadata: JSON = [:]
      if claim.labels[Labels.instanceRole] != role.rawValue { metadata["labels"] = roleLabels(role) }
      if isFilled && claim.annotations[Annotations.pvcStatus] != "ready" {
        metadata["annotations"] = [Annotations.pvcStatus: "ready"]
      }
      guard metadata != [:] else { continue }
      let updated = try await client.patch(
        PersistentVolumeClaim.self, claim.name, in: claim.namespace, .merge(["metadata": metadata]))
      caches.claims.observe(updated)
    }
  }

  private func roleLabels(_ role: InstanceRole) -> JSON {
    [Labels.instanceRole: .string(role.rawValue), Labels.legacyRole: .string(role.rawValue)]
  }
}
