import ClusterAPI
import Kubernetes
import Logging

/// Webhooks may be missing or switched off, so what they do is done here as well.
extension ClusterController {
  enum AdmissionOutcome {
    case accepted
    /// Nothing is done until the Cluster changes.
    case refused
    /// The Cluster was written to: the next pass sees it.
    case changed
  }

  func admission(of cluster: Cluster) async throws -> AdmissionOutcome {
    if let instances = cluster.refusedScaleDown {
      try await undoScaleDown(of: cluster, to: instances)
      return .changed
    }
    if memory.isAdmitted(cluster) { return .accepted }
    let defaulted = try cluster.defaulted(settings: DefaultingSettings(postgresImage: settings.postgresImage))
    let change = MergePatch.difference(from: try JSON(encoding: cluster.spec), to: try JSON(encoding: defaulted.spec))
    let verdict = Admission.validate(
      kind: Cluster.resource.kind, try JSON(encoding: defaulted), ValidationContext(settings))
    if change != [:] {
      // A webhook would have filled these in, so there is none, and nobody has seen the warnings either.
      announce(
        verdict.warnings.map { ClusterWarning(reason: "AdmissionWarning", message: $0) }, topic: "admission",
        about: cluster)
      do {
        let updated = try await client.patch(
          Cluster.self, cluster.name, in: cluster.namespace, .merge(["spec": change]))
        caches.clusters.observe(updated)
        return .changed
      } catch let error as APIError where error.isInvalid {
        try await report(cluster, phase: Phase.invalidDefinition, reason: Admission.statusMessage(paths: error.fields))
        return .refused
      }
    }
    guard let message = verdict.statusMessage else {
      memory.noteAdmitted(cluster)
      return .accepted
    }
    verdict.log(to: logger, about: cluster)
    try await report(cluster, phase: Phase.invalidDefinition, reason: message)
    return .refused
  }

  private func undoScaleDown(of cluster: Cluster, to instances: Int) async throws {
    let updated = try await client.patch(
      Cluster.self, cluster.name, in: cluster.namespace,
      .merge([
        "metadata": ["resourceVersion": .string(cluster.metadata.resourceVersion ?? "")],
        "spec": ["instances": .int(Int64(instances))],
      ]))
    caches.clusters.observe(updated)
    let most = cluster.spec.maxSyncReplicas
    events.record(
      .warning, reason: EventReason.noScaleDown,
      message: "spec.instances goes back from \(cluster.spec.instances) to \(instances): with spec.maxSyncReplicas "
        + "\(most) there have to be \(most + 1) instances at least. Lower maxSyncReplicas first",
      about: cluster)
  }
}

extension Cluster {
  /// The number of instances there are, where so few are asked for (by `kubectl scale`, which no webhook sees) that
  /// synchronous replication could not be kept.
  var refusedScaleDown: Int? {
    guard annotations[Annotations.validation] != "disabled", spec.maxSyncReplicas > 0, let present = status?.instances,
      present > spec.maxSyncReplicas,
      spec.instances <= spec.maxSyncReplicas
    else { return nil }
    return present
  }
}

extension Admission.Verdict {
  /// Writes what an object is refused for, which its status only points to, without the values, which may be secret.
  func log(to logger: Logger, about object: some APIObject) {
    guard case .refused(_, let errors, _) = self else { return }
    logger.error(
      "an object breaks rules",
      metadata: [
        "object": "\(type(of: object).resource.kind) \(object.key)",
        "errors": .array(errors.map { "\($0.path): \($0.detail)" }),
      ])
  }
}

extension APIError {
  /// The fields that a refusal with the reason Invalid names.
  var fields: [String] {
    (details?["causes"]?.arrayValue ?? []).compactMap { $0["field"]?.stringValue }
  }
}
