import ClusterAPI
import Foundation
import Kubernetes

/// What came of a Cluster's objects.
struct EnsuredObjects {
  /// Nil where one of the objects was refused.
  var certificates: CertificatePlan?
  var warnings: [ClusterWarning]

  /// What a person has to mend before there can be everything.
  var problem: ClusterWarning? {
    if let certificates { certificates.problems.first } else { warnings.first }
  }
}

extension ClusterController {
  /// Everything of a Cluster but its instances. Nearly none of it needs another part to be there.
  func ensureObjects(_ blueprint: Blueprint) async throws -> EnsuredObjects {
    async let certificates = ensureCertificates(blueprint)
    async let passwords = ensurePasswords(blueprint)
    async let access = ensureAccess(blueprint)
    async let others: Void = withThrowingTaskGroup(of: Void.self) { group in
      for service in blueprint.services {
        group.addTask { try await ensure(service, blueprint, cache: caches.services) }
      }
      group.addTask { try await removeServices(blueprint) }
      group.addTask { try await ensureBudgets(blueprint) }
      group.addTask { try await ensurePodMonitor(blueprint) }
      group.addTask { try await ensure(blueprint.lease, blueprint, cache: caches.leases, orphans: .adopted) }
      group.addTask { try await ensureQuorum(blueprint) }
      try await group.waitForAll()
    }
    // Whatever is refused, the certificates are what the user has to hear of first.
    let plan = try await certificates
    let warnings = try await plan.problems + plan.warnings + passwords + access
    try await others
    return EnsuredObjects(certificates: plan, warnings: warnings)
  }

  private func ensureCertificates(_ blueprint: Blueprint) async throws -> CertificatePlan {
    let secrets = Dictionary(
      caches.secrets.all().filter { $0.namespace == blueprint.namespace }.map { ($0.name, $0) },
      uniquingKeysWith: { first, _ in first })
    for name in blueprint.ownCertificateSecrets {
      guard let secret = secrets[name] else { continue }
      _ = try Ownership(secret.metadata, cluster: blueprint.cluster).claim("Secret", name, for: blueprint.cluster)
    }
    let plan = CertificatePlan(blueprint, secrets: secrets, now: .now)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for secret in plan.writes {
        group.addTask { caches.secrets.observe(try await client.apply(secret, manager: Self.manager)) }
      }
      try await group.waitForAll()
    }
    return plan
  }

  /// Passwords are made once; an existing Secret is left as it is.
  private func ensurePasswords(_ blueprint: Blueprint) async throws -> [ClusterWarning] {
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
      try await delete(Secret.self, secret)
    }
    guard blueprint.spec.enableSuperuserAccess, let given = blueprint.spec.superuserSecret?.name,
      caches.secrets.get(given, in: blueprint.namespace) == nil
    else { return [] }
    return [
      .secretNotFound(
        given, "Secret \(given), named in spec.superuserSecret, does not exist: create it with username and password")
    ]
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

  private func ensureQuorum(_ blueprint: Blueprint) async throws {
    if let quorum = blueprint.failoverQuorum {
      try await ensure(quorum, blueprint, cache: caches.quorums)
    } else if let quorum = caches.quorums.get(blueprint.name, in: blueprint.namespace),
      quorum.isOwned(by: blueprint.cluster), !quorum.isBeingDeleted
    {
      try await delete(FailoverQuorum.self, quorum)
    }
  }

  private func ensureAccess(_ blueprint: Blueprint) async throws -> [ClusterWarning] {
    var warnings: [ClusterWarning] = []
    let pull = try await operatorsPullSecret()
    if let pull {
      var copy = blueprint.certificateSecret("\(blueprint.name)-pull", type: pull.type, data: [:])
      copy.data = pull.data
      try await ensure(copy, blueprint, cache: caches.secrets)
    } else if let copy = caches.secrets.get(blueprint.cluster.names.pullSecret, in: blueprint.namespace),
      copy.isOwned(by: blueprint.cluster)
    {
      try await delete(Secret.self, copy)
    }
    if let account = blueprint.serviceAccount(copiedPullSecret: pull != nil) {
      // People make the account beforehand where a cloud's identity hangs on it; then it is not the Cluster's to remove.
      try await ensure(account, blueprint, cache: caches.serviceAccounts, orphans: .shared)
    } else if try await client.find(ServiceAccount.self, blueprint.cluster.serviceAccountName, in: blueprint.namespace)
      == nil
    {
      warnings.append(
        ClusterWarning(
          reason: EventReason.serviceAccountNotFound,
          message: "ServiceAccount \(blueprint.cluster.serviceAccountName), named in spec.serviceAccountName, does not "
            + "exist: create it"))
    }
    // Nobody may bind a role before it can be seen what it allows.
    try await ensure(blueprint.role, blueprint, cache: caches.roles)
    try await ensure(blueprint.roleBinding, blueprint, cache: caches.roleBindings)
    return warnings
  }

  /// The operator's own namespace may be none of those that are watched.
  private func operatorsPullSecret() async throws -> Secret? {
    guard settings.watchedNamespaces.isEmpty || settings.watchedNamespaces == [settings.namespace] else {
      return try await client.find(Secret.self, settings.pullSecretName, in: settings.namespace)
    }
    return caches.secrets.get(settings.pullSecretName, in: settings.namespace)
  }

  /// The kind exists only where the Prometheus operator's CRDs are installed.
  private func ensurePodMonitor(_ blueprint: Blueprint) async throws {
    let resource = Blueprint.podMonitorResource
    if memory.isUnknown(resource) { return }
    let live = try await client.find(resource, blueprint.name, in: blueprint.namespace)
    let owner = try live?["metadata"].map { Ownership(try $0.decoded(as: ObjectMeta.self), cluster: blueprint.cluster) }
    if let wanted = blueprint.podMonitor {
      _ = try owner?.claim(resource.kind, blueprint.name, for: blueprint.cluster)
      if ObjectStep(live: live, wanted: wanted, manager: Self.manager) == .keep { return }
      do {
        _ = try await client.apply(resource, wanted, manager: Self.manager)
      } catch let error as APIError where error.isNotFound {
        logger.debug("no PodMonitor is made: this API server does not know the kind")
        memory.noteUnknown(resource)
      }
    } else if owner == .own {
      try await client.delete(resource, blueprint.name, in: blueprint.namespace)
    }
  }

  /// Makes an object as it should be. One of the same name that is not ours is never touched.
  func ensure<T: APIObject>(
    _ wanted: T, _ blueprint: Blueprint, cache: ObjectCache<T>, orphans: Ownership.Orphans = .refused
  ) async throws {
    var wanted = wanted
    // The caches hold what carries our labels; what is missing there may still be somebody else's.
    var live = cache.get(wanted.name, in: wanted.namespace)
    if live == nil { live = try await client.find(T.self, wanted.name, in: wanted.namespace) }
    if let live {
      let cluster = blueprint.cluster
      let isOurs = try Ownership(live.metadata, cluster: cluster)
        .claim(T.resource.kind, wanted.name, for: cluster, orphans: orphans)
      if !isOurs { wanted.metadata.ownerReferences = nil }
      if live.isBeingDeleted { return }
    }
    let json = try live.map { try JSON(encoding: $0) }
    switch ObjectStep(live: json, wanted: try JSON(encoding: wanted), manager: Self.manager) {
    case .keep: return
    case .replace:
      if let live { try await delete(T.self, live) }
      return
    case .create, .apply: break
    }
    // Not by force where there was nothing: whoever comes in between is not overwritten.
    let written = try await client.apply(wanted, manager: Self.manager, force: live != nil)
    cache.observe(written)
    // What is different only in how it is written stays as it was, without a new version.
    guard written.metadata.resourceVersion != live?.metadata.resourceVersion else { return }
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
