import Backup
import ClusterAPI
import Foundation
import Kubernetes
import Logging
import PostgreSQL
import Processes

extension InstanceController {
  /// Makes the cluster's first data of a backup and the write-ahead log after it, on a timeline of their own.
  ///
  /// What cannot be reached is refused before anything is written. The mark that the data are incomplete stays until all is
  /// on disk; a crash before that means starting over.
  func recover(_ cluster: Cluster, _ bootstrap: RecoveryBootstrap, _ data: DataDirectory) async throws {
    let source = try await RecoverySource(bootstrap, of: cluster, archives: archive.archives)
    try await checkOwnArchive(cluster)
    state.update { $0.activity = .restoring("looking for a backup") }
    let plan = try await plan(source)
    if let vain = vainRecovery, vain.plan == plan, .now < vain.until { throw vain.problem }
    logger.info("restoring", metadata: ["plan": "\(plan)", "from": "\(source.log.place)"])
    controlPlane.record(.normal, reason: "Restoring", message: "Restoring \(plan), from \(source.log.place)")
    if await postmaster.isRunning { await postmaster.stop(.immediate) }
    try await data.begin(.recovery)
    do {
      try await unpack(plan, source, data)
      try await prepare(cluster, plan, data)
      try await archive.fetcher.begin(
        source.log, parallel: source.parallel, segmentSize: plan.backup.segmentSize,
        endsAtDamage: plan.target.stop != .endOfLog)
      try await replay(plan, source.log)
      await archive.fetcher.end()
      try await createApplication(cluster, database: bootstrap.database, owner: bootstrap.owner)
      try await complete(cluster, data)
    } catch {
      await archive.fetcher.end()
      await stop(.immediate)
      throw error
    }
    logger.info("the cluster is restored", metadata: ["backup": "\(plan.backup.id)", "target": "\(plan.target)"])
  }

  /// What the new cluster writes must not get among what another has written: better found out before hours of copying.
  private func checkOwnArchive(_ cluster: Cluster) async throws {
    guard let store = cluster.archiveStore,
      cluster.annotations[Annotations.skipEmptyWalArchiveCheck] != "enabled"
    else { return }
    let own = try await archive.archives.archive(of: store, defaultServer: cluster.name)
    do {
      try ArchiveIdentity.check(try await own.content(), of: nil, isNew: true, place: own.place)
    } catch let refusal as ArchiveRefusal {
      throw InstanceProblem.invalidConfiguration(refusal.description)
    }
  }

  private func plan(_ source: RecoverySource) async throws -> RestorePlan {
    let survey = try await ArchiveSurvey(source.catalogue, source.log)
    do {
      return try RestorePlan(source.target, from: survey)
    } catch {
      throw InstanceProblem.invalidConfiguration("\(error) (\(source.log.place))")
    }
  }

  private func unpack(_ plan: RestorePlan, _ source: RecoverySource, _ data: DataDirectory) async throws {
    state.update { $0.activity = .restoring("copying backup \(plan.backup.id)") }
    let archives = try await source.catalogue.archives(of: plan.backup.id)
    do {
      _ = try await Unpacking(
        store: source.log.store, archives: archives, info: plan.backup, data: data.path, wal: data.walPath,
        parallel: max(2, source.parallel)
      ).run()
    } catch let error as SystemError {
      throw InstanceProblem.recoveryEnded("\(error)", "\(plan)")
    }
    let found = try await programs.controlData(of: data.path)
    if let own = plan.backup.systemIdentifier, own != found.systemIdentifier {
      throw InstanceProblem.unsupported(
        "Backup \(plan.backup.id) says that it is of system \(own); its files are of \(found.systemIdentifier).")
    }
  }

  private func prepare(_ cluster: Cluster, _ plan: RestorePlan, _ data: DataDirectory) async throws {
    try await takeConfiguration(cluster, data)
    try await Blocking.run { [path = data.path] in
      try Data().write(to: URL(fileURLWithPath: "\(path)/recovery.signal"))
    }
    var parameters = plan.target.parameters(timeline: plan.timeline)
    parameters["restore_command"] = restoreCommand
    _ = try await writeConfiguration(
      cluster, role: .primary, isBootstrap: true, isVolatile: true, recovery: parameters)
  }

  /// The configuration is this cluster's, not that of the server that was copied: its main file is what initdb makes here.
  func takeConfiguration(_ cluster: Cluster, _ data: DataDirectory) async throws {
    let path = data.path
    let scratch = path + ".initdb"
    let isAltered = cluster.spec.postgresql?.enableAlterSystem ?? false
    let segment = try await programs.controlData(of: path).segmentSize.bytes >> 20
    try await Blocking.run { try? FileManager.default.removeItem(atPath: scratch) }
    try await programs.run(
      "initdb", ["-D", scratch, "--username", "postgres", "--no-sync", "--no-instructions", "--auth", "reject"],
      deadline: .seconds(300))
    try await Blocking.run {
      let files = FileManager.default
      func remove(_ name: String) { try? files.removeItem(atPath: "\(path)/\(name)") }
      // What was good for another server.
      for name in try files.contentsOfDirectory(atPath: path)
      where name.hasSuffix(".last-good") || name.hasSuffix(".signal") { remove(name) }
      remove("postmaster.pid")
      remove("postgresql.conf")
      // What initdb would have said for segments of their size; with less than two of them postgres does not start.
      let made = try String(contentsOfFile: "\(scratch)/postgresql.conf", encoding: .utf8)
      let sizes =
        ConfigurationFile.line("min_wal_size", "\(5 * segment)MB")
        + ConfigurationFile.line("max_wal_size", "\(64 * segment)MB")
      try DurableFile.write(Array((made + sizes).utf8), to: "\(path)/postgresql.conf", mode: 0o600)
      if !isAltered || !files.fileExists(atPath: "\(path)/postgresql.auto.conf") {
        remove("postgresql.auto.conf")
        try Data().write(to: URL(fileURLWithPath: "\(path)/postgresql.auto.conf"))
      }
      try files.removeItem(atPath: scratch)
    }
  }

  /// `restore_command`: the instance manager is asked.
  var restoreCommand: String {
    "\(environment.paths.archiveHelper) restore \(environment.paths.helperSocket) %f %p"
  }

  /// Until recovery has reached its target and ended by promotion. How long that takes depends on how much there is, and on
  /// whether the archive gives it.
  private func replay(_ plan: RestorePlan, _ log: WALArchive) async throws {
    state.update {
      $0.activity = .restoring("replaying write-ahead log to \(plan.target)")
      $0.trouble = nil
    }
    _ = lastWords.take()
    try await startPostmaster(as: .primary)
    var reported = ContinuousClock.now
    while true {
      if let status = await postmaster.unexpectedExit {
        let problem = InstanceProblem.recoveryEnded(
          lastWords.take() ?? "it ended (\(status)); its log says why", "\(plan)")
        guard problem.isTargetNotReached else { throw problem }
        throw inVain(plan, state.current.trouble.map { .archive($0) } ?? problem)
      }
      if await postmaster.isReady(),
        let row = try? await session.query(
          "SELECT pg_is_in_recovery() AS recovers, pg_last_wal_replay_lsn() AS position", deadline: .seconds(5)
        ).rows.first
      {
        if row["recovers"] == "f" { break }
        if ContinuousClock.now - reported > .seconds(30) {
          reported = .now
          logger.info("replaying", metadata: ["position": "\(row["position"] ?? "")", "reach": "\(plan.reach)"])
        }
      }
      if let trouble = state.current.trouble { await report(.archive(trouble)) }
      try await Task.sleep(for: .milliseconds(50))
    }
    let end = try await session.query("SELECT pg_last_wal_replay_lsn()").scalar(as: LSN.self)
    if let fault = try await plan.fault(endedAt: end, of: log) {
      throw inVain(plan, .recoveryEnded(fault, "\(plan)"))
    }
    logger.info("recovery has ended", metadata: ["target": "\(plan.target)", "position": "\(end)"])
  }

  /// With the same archive the same would come of it: before all is copied once more some time passes, or a file arrives.
  private func inVain(_ plan: RestorePlan, _ problem: InstanceProblem) -> InstanceProblem {
    vainRecovery = (plan, problem, .now + .seconds(600))
    return problem
  }

  /// The application's database, where the Cluster names one, and the roles that every cluster has.
  func createApplication(_ cluster: Cluster, database: String?, owner role: String?) async throws {
    let connection = try await session.open()
    let duties = PrimaryDuties(connection: connection, logger: logger)
    try await duties.ensureRoles()
    guard let name = database ?? role else { return }
    let owner = role ?? name
    let secret = try await controlPlane.requiredSecret(
      cluster.applicationSecretName, purpose: "the password of \(owner)")
    let credentials = try Credentials(secret, expectedUser: owner)
    if try await !duties.roleExists(owner) {
      try await connection.execute("CREATE ROLE \(try await connection.identifier(owner)) LOGIN")
    }
    try await duties.setPassword(credentials.password, of: owner, isVerifier: credentials.isVerifier)
    let exists = try await connection.query(
      "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", [name]
    ).scalar(as: Bool.self)
    guard !exists else { return }
    let statement =
      "CREATE DATABASE \(try await connection.identifier(name)) OWNER \(try await connection.identifier(owner))"
    try await connection.query(statement, deadline: .seconds(120))
  }
}
