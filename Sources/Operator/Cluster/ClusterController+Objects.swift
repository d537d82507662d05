import ClusterAPI
import Foundation
import Kubernetes

extension ClusterController {
  /// Everything of a Cluster but its instances, in the order in which one needs the other.
  func ensureObjects(_ blueprint: Blueprint) async throws -> CertificatePlan {
    let certificates = try await ensureCertificates(blueprint)
    try await ensurePasswords(blueprint)
    for service in blueprint.services { try await ensure(service, blueprint, cache: caches.services) }
    try await removeServices(blueprint)
    try await ensureBudgets(blueprint)
    try await ensureAccess(blueprint)
    try await ensurePodMonitor(blueprint)
    try await ensure(blueprint.lease, blueprint, cache: caches.leases)
    return certificates
  }

  private func ensureCertificates(_ blueprint: Blueprint) async throws -> CertificatePlan {
    let secrets = Dictionary(
      caches.secrets.all().filter { $0.namespace == blueprint.namespace }.map { ($0.name, $0) },
      uniquingKeysWith: { first, _ in first })
    let plan = CertificatePlan(blueprint, secrets: secrets, now: .now)
    for secret in plan.writes {
      let written = try await client.apply(secret, manager: Self.manager)
      caches.secrets.observe(written)
    }
    for problem in plan.problems {
      events.record(.warning, reason: "InvalidCASecret", message: problem, about: blueprint.cluster)
    }
    return plan
  }

  /// Passwords are made once; an existing Secret is left as it is.
  private func ensurePasswords(_ blueprint: Blueprint) async throws {
    for secret in [
      blueprint.applicationSecret(password: generatedPassword()),
      blueprint.superuserSecret(password: generatedPassword()),
    ].compactMap({ $0 }) where caches.secrets.get(secret.name, in: secret.namespace) == nil {
      do {
        caches.secrets.observe(try await client.create(secret))
      } catch let error as APIError where error.isAlreadyExists {
        continue  // the cache has not seen it yet
      }
    }
    let superuser = "\(blueprint.name)-superuser"
    if !blueprint.spec.enableSuperuserAccess, let secret = caches.secrets.get(superuser, in: blueprint.namespace),
      secret.isOwned(by: blueprint.cluster)
    {
      try await client.delete(Secret.self, superuser, in: blueprint.namespace, uid: secret.uid)
    }
  }

  private func removeServices(_ blueprint: Blueprint) async throws {
    let wanted = Set(blueprint.services.map(\.name))
    for service in caches.services.all()
    where service.isOwned(by: blueprint.cluster) && !wanted.contains(service.name) && !service.isBeingDeleted {
      try await delete(Service.self, service)
    }
  }

  private func ensureBudgets(_ blueprint: Blueprint) async throws {
    let wanted = blueprint.disruptionBudgets
    for budget in wanted { try await ensure(budget, blueprint, cache: caches.budgets) }
    for budget in caches.budgets.all()
    where budget.isOwned(by: blueprint.cluster) && !wanted.contains(where: { $0.name == budget.name })
      && !budget.isBeingDeleted
    {
      try await delete(PodDisruptionBudget.self, budget)
      events.record(
        .normal, reason: "DeletingPodDisruptionBudget", message: "Deleting Pod Disruption Budget \(budget.name)",
        about: blueprint.cluster)
    }
  }

  private func ensureAccess(_ blueprint: Blueprint) async throws {
    let pull = caches.secrets.get(settings.pullSecretName, in: settings.namespace)
    if let pull {
      var copy = blueprint.certificateSecret("\(blueprint.name)-pull", type: pull.type, data: [:])
      copy.data = pull.data
      try await ensure(copy, blueprint, cache: caches.secrets)
    }
    if let account = blueprint.serviceAccount(copiedPullSecret: pull != nil) {
      try await ensure(account, blueprint, cache: caches.serviceAccounts)
    } else if try await client.find(ServiceAccount.self, blueprint.cluster.serviceAccountName, in: blueprint.namespace)
      == nil
    {
      events.record(
        .warning, reason: "ServiceAccountNotFound",
        message:
          "ServiceAccount \(blueprint.cluster.serviceAccountName), named in spec.serviceAccountName, does not exist: create it",
        about: blueprint.cluster)
    }
    try await ensure(blueprint.role, blueprint, cache: caches.roles)
    try await ensure(blueprint.roleBinding, blueprint, cache: caches.roleBindings)
  }

  /// The kind exists only where the Prometheus operator's CRDs are installed.
  private func ensurePodMonitor(_ blueprint: Blueprint) async throws {
    let resource = Blueprint.podMonitorResource
    let live: JSON?
    do {
      live = try await client.get(resource, blueprint.name, in: blueprint.namespace)
    } catch let error as APIError where error.isNotFound {
      live = nil
    }
    if let wanted = blueprint.podMonitor {
      if let live, live.covers(wanted) { return }
      do {
        _ = try await client.apply(resource, wanted, manager: Self.manager)
      } catch let error as APIError where error.isNotFound {
        logger.debug("no PodMonitor is made: this API server does not know the kind")
      }
    } else if let live,
      live[path: ["metadata", "ownerReferences"]]?.arrayValue?
        .contains(where: { $0["uid"]?.stringValue == blueprint.cluster.uid }) == true
    {
      try await client.delete(resource, blueprint.name, in: blueprint.namespace)
    }
  }

  /// Applies an object unless it is as it should be already. One of the same name that is not ours is never touched.
  func ensure<T: APIObject>(_ wanted: T, _ blueprint: Blueprint, cache: ObjectCache<T>) async throws {
    let live = cache.get(wanted.name, in: wanted.namespace)
    if let live {
      guard live.isOwned(by: blueprint.cluster) else {
        throw OperatorError.notOwned(kind: T.resource.kind, name: wanted.name, cluster: blueprint.name)
      }
      if try JSON(encoding: live).covers(JSON(encoding: wanted)) { return }
    }
    let written = try await client.apply(wanted, manager: Self.manager)
    cache.observe(written)
    if let events = ObjectEvents.of(T.self) {
      self.events.record(
        .normal, reason: live == nil ? events.created : events.updated,
        message: events.message(wanted.name, isNew: live == nil), about: blueprint.cluster)
    }
  }

  func delete<T: APIObject>(_ type: T.Type, _ object: T) async throws {
    do {
      try await client.delete(type, object.name, in: object.namespace, uid: object.uid)
    } catch let error as APIError where error.isNotFound || error.isConflict {
      return  // gone already, or another object by now
    }
  }
}

/// The events that people know for some kinds of owned objects.
private struct ObjectEvents {
  let created: String
  let updated: String
  let message: @Sendable (String, Bool) -> String

  func message(_ name: String, isNew: Bool) -> String { message(name, isNew) }

  static func of<T: APIObject>(_ type: T.Type) -> ObjectEvents? {
    switch T.resource.kind {
    case "PodDisruptionBudget":
      ObjectEvents(created: "CreatingPodDisruptionBudget", updated: "UpdatingPodDisruptionBudget") { name, isNew in
        "\(isNew ? "Creating" : "Updating") PodDisruptionBudget \(name)"
      }
    case "ServiceAccount":
      ObjectEvents(created: "CreatingServiceAccount", updated: "UpdatingServiceAccount") { _, isNew in
        "\(isNew ? "Creating" : "Updating") ServiceAccount"
      }
    case "Role":
      ObjectEvents(created: "CreatingRole", updated: "UpdatingRole") { _, isNew in
        "\(isNew ? "Creating" : "Updating") Cluster Role"
      }
    default: nil
    }
  }
}

/// What keeps a pass from going on, with what to do about it.
enum OperatorError: Error, CustomStringConvertible {
  case notOwned(kind: String, name: String, cluster: String)

  var description: String {
    switch self {
    case .notOwned(let kind, let name, let cluster):
      """
      refusing to reconcile \(kind.lowercased()): \(name), not owned by the cluster \(cluster): \
      rename or delete the \(kind), or give the Cluster another name
      """
    }
  }
}
