import ClusterAPI
import Kubernetes
import PostgreSQL

extension InstanceController {
  /// What a primary does in each pass: roles, passwords, slots, extensions; and it says that it is the primary. What the
  /// server refuses leaves nothing else undone.
  ///
  /// - Returns: the first thing that could not be done.
  func lead(_ cluster: Cluster, _ wish: ServerGoal.Wish) async throws -> InstanceProblem? {
    let duties = PrimaryDuties(connection: try await session.open(), logger: logger)
    var problems: [InstanceProblem?] = []
    if !hasEnsuredRoles {
      let problem = try await attempt("the roles of the cluster") { try await duties.ensureRoles() }
      hasEnsuredRoles = problem == nil
      problems.append(problem)
    }
    let others = Set(cluster.status?.instanceNames ?? []).subtracting([environment.instance]).sorted()
    problems.append(
      try await attempt("the replication slots of the standbys") {
        try await duties.ensureSlots(for: others, prefix: cluster.highAvailabilitySlotPrefix)
      })
    if hasEnsuredRoles { try await becomeRecordedPrimary(cluster) }
    // Standbys can attach. Clients come next, and everything else after them.
    guard Self.timeForClients(since: promotedAt) == nil else { return problems.lazy.compactMap { $0 }.first }
    // With closed doors, too: who is to confirm may have to be rewound first.
    try await checkpointTimeline()
    guard wish.doorsAreOpen else { return problems.lazy.compactMap { $0 }.first }
    try await proveArchiving(cluster)
    problems.append(try await attempt("a password") { try await applyPasswords(cluster, duties) })
    problems.append(
      try await attempt("the list of databases") {
        if let problem = try await applyExtensions(cluster, duties) { throw problem }
      })
    return problems.lazy.compactMap { $0 }.first
  }

  /// pg_rewind goes by the timeline in its source's control file, which the first checkpoint after a promotion puts there;
  /// by itself that one takes its time (PostgreSQL's manual, pg_rewind, "Notes").
  private func checkpointTimeline() async throws {
    guard owesCheckpoint else { return }
    try await session.query("CHECKPOINT", deadline: .seconds(600))
    owesCheckpoint = false
  }

  /// What is left of the second in which a new primary belongs to its clients, who all come back at once. It sees to nothing
  /// that its data have already, and who is to be rewound waits: that takes the disk and the processors of both.
  static func timeForClients(since beginning: ContinuousClock.Instant?) -> Duration? {
    guard let beginning else { return nil }
    let left = beginning + .seconds(1) - .now
    return left > .zero ? left : nil
  }

  /// - Returns: what the Cluster or the server has against it.
  /// - Throws: what has nothing to do with either; the server's being stopped, for instance.
  private func attempt(_ what: String, _ body: () async throws -> Void) async throws -> InstanceProblem? {
    do {
      try await body()
      return nil
    } catch let problem as InstanceProblem {
      return problem
    } catch PostgreSQLError.server(let error) where !error.sqlState.hasPrefix("57") {
      return .refused(what: what, reason: error.description)
    }
  }

  /// Only now may others copy from this instance: its roles are there.
  private func becomeRecordedPrimary(_ cluster: Cluster) async throws {
    let record = InstanceDecision.Record(cluster)
    guard record.current == nil || !record.isInitialized else { return }
    let name = environment.instance
    try await controlPlane.changeStatus { current in
      let record = InstanceDecision.Record(current)
      // Somebody else was faster: the next pass will find out what that means for this instance.
      guard record.current == nil || record.current == name else { return nil }
      var status: JSON = ["currentPrimary": .string(name)]
      if record.current == nil { status["currentPrimaryTimestamp"] = .string(Timestamp.microseconds()) }
      if record.target == nil { status["targetPrimary"] = .string(name) }
      if let conditions = Conditions.setting(
        ConditionType.initialized, status: true, reason: ConditionReason.bootstrapCompleted,
        message: "The cluster was initialized by \(name)", in: current.status?.conditions ?? [],
        now: Timestamp.seconds())
      {
        status["conditions"] = .array(conditions.map { (try? JSON(encoding: $0)) ?? .null })
      }
      return status
    }
    logger.info("this instance is the primary")
  }

  private func applyPasswords(_ cluster: Cluster, _ duties: PrimaryDuties) async throws {
    let owner = cluster.applicationOwner ?? cluster.applicationDatabase ?? "app"
    if try await duties.roleExists(owner), let secret = try await controlPlane.secret(cluster.applicationSecretName) {
      try await apply(secret, to: owner, duties)
    }
    if cluster.spec.enableSuperuserAccess {
      if let secret = try await controlPlane.secret(cluster.superuserSecretName) {
        try await apply(secret, to: "postgres", duties)
      }
    } else if try await duties.hasPassword("postgres") {
      try await duties.setPassword(nil, of: "postgres")
      appliedPasswords["postgres"] = nil
    }
  }

  private func apply(_ secret: Secret, to role: String, _ duties: PrimaryDuties) async throws {
    let version = "\(secret.name)@\(secret.metadata.resourceVersion ?? "")"
    guard appliedPasswords[role] != version else { return }
    let credentials = try Credentials(secret, expectedUser: role)
    try await duties.setPassword(credentials.password, of: role, isVerifier: credentials.isVerifier)
    appliedPasswords[role] = version
    logger.info("password set", metadata: ["role": "\(role)", "secret": "\(secret.name)"])
  }

  private func applyExtensions(_ cluster: Cluster, _ duties: PrimaryDuties) async throws -> InstanceProblem? {
    let wanted = try await configuration(cluster).extensions.filter(\.hasObjects)
    let databases = try await duties.connectableDatabases()
    if let applied = extensionsApplied, applied.databases == databases, applied.extensions == wanted { return nil }
    var problem: InstanceProblem?
    for database in databases {
      do {
        try await Connection.with(environment.localParameters(database: database), logger: logger) { connection in
          try await PrimaryDuties(connection: connection, logger: logger).ensureExtensions(wanted)
        }
      } catch let error as PostgreSQLError {
        problem = problem ?? .refused(what: "extensions in database \"\(database)\"", reason: "\(error)")
      }
    }
    if problem == nil { extensionsApplied = (databases, wanted) }
    return problem
  }

  /// Archiving counts as working once a file has arrived. The first is not waited for, which on an idle server takes
  /// `archive_timeout`, but made.
  private func proveArchiving(_ cluster: Cluster) async throws {
    guard let store = cluster.archiveStore else { return }
    let run = await postmaster.run
    let place = "\(store.destinationPath) \(store.serverName ?? cluster.name)"
    guard archiveProof?.run != run || archiveProof?.place != place else { return }
    try await session.query("SELECT pg_switch_wal()")
    archiveProof = (run, place)
  }
}
