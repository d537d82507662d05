import Backup
import ClusterAPI
import Foundation
import Glibc
import Kubernetes
import ObjectStorage
import PostgreSQL
import Processes

extension InstanceController {
  /// Makes the cluster's first data.
  ///
  /// The mark that they are incomplete stays until the last statement is on disk; a crash before that means starting
  /// over. Until then nobody is let in but the instance manager and the standbys, whose copies do not count before that.
  func initialize(_ cluster: Cluster, _ data: DataDirectory) async throws {
    if let recovery = cluster.spec.bootstrap?.recovery {
      do { return try await recover(cluster, recovery, data) } catch let error as ObjectStorageError {
        throw InstanceProblem.archive(error.description)
      } catch let error as UnpackingError {
        throw InstanceProblem.archive(error.description)
      } catch let error as WALArchiveError {
        throw InstanceProblem.archive(error.description)
      }
    }
    if let source = cluster.spec.bootstrap?.pg_basebackup { return try await copyServer(cluster, source, data) }
    let plan = try InitialDatabase(
      cluster.spec.bootstrap, version: programs.version, isVerbose: [.debug, .trace].contains(cluster.spec.logLevel))
    let secret = try await controlPlane.requiredSecret(
      cluster.applicationSecretName, purpose: "the password of \(plan.owner)")
    let credentials = try Credentials(secret, expectedUser: plan.owner)
    let scripts = try await BootstrapScripts(cluster.spec.bootstrap?.initdb, from: controlPlane)
    state.update { $0.activity = .initializing }
    logger.info("initializing the cluster", metadata: ["database": "\(plan.database)", "owner": "\(plan.owner)"])
    if await postmaster.isRunning { await postmaster.stop(.immediate) }
    try await data.begin(.initialization)
    do {
      try await runInitDB(plan, data)
      _ = try await writeConfiguration(cluster, role: .primary, isBootstrap: true, isVolatile: true)
      try await startForBootstrap()
      try await createObjects(plan, credentials, scripts)
      try await complete(cluster, data)
    } catch {
      await stop(.immediate)
      throw error
    }
    logger.info("the cluster is initialized")
  }

  private func runInitDB(_ plan: InitialDatabase, _ data: DataDirectory) async throws {
    var arguments = ["--username", "postgres", "-D", data.path, "--no-sync", "--no-instructions"]
    if let wal = data.walPath { arguments += ["--waldir", wal] }
    // Our own pg_hba.conf takes the place of initdb's before postgres starts.
    arguments += ["--auth", "reject"] + plan.options
    try await programs.run("initdb", arguments, variables: Self.timeZone, deadline: .seconds(300), isLogged: true)
  }

  /// Without either of the two the time zone is UTC (tzset(3)). initdb comes to that too, but only after it has compared
  /// all zones there are, which takes a fifth of its time.
  private static var timeZone: [String: String] {
    ProcessInfo.processInfo.environment["TZ"] == nil && access("/etc/localtime", F_OK) != 0 ? ["TZ": "UTC"] : [:]
  }

  func startForBootstrap() async throws {
    try await startPostmaster(as: .primary)
    let end = ContinuousClock.now + .seconds(120)
    while await !postmaster.isReady() {
      if let status = await postmaster.unexpectedExit {
        throw InstanceProblem.postgresDidNotStart(lastWords.take() ?? "it ended (\(status)); its log says why")
      }
      if ContinuousClock.now > end { throw InstanceProblem.postgresDidNotStart("it does not accept connections") }
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  /// The cluster's first data are all there: from here on they count.
  func complete(_ cluster: Cluster, _ data: DataDirectory) async throws {
    try await becomeDurable(cluster)
    // Replay had to keep to what the source allowed (`max_connections`, say), where this cluster asks for less.
    let isPending = try await session.query("SELECT EXISTS (SELECT FROM pg_settings WHERE pending_restart)")
      .scalar(as: Bool.self)
    try await data.makeDurable()
    try await Blocking.run { [path = data.path] in try NewArchiveMark(data: path).set() }
    try await data.finish()
    needsReload = true
    // Now, while it has no clients; later it would be a restart that they notice.
    if isPending { await stop(.fast(seconds: 30)) }
  }

  /// Until here postgres has made nothing durable: once, at the end and for the whole volume, takes a fraction of the time
  /// that it takes file by file (PostgreSQL's manual, `fsync`). What comes from now on waits for the disk as usual.
  private func becomeDurable(_ cluster: Cluster) async throws {
    try await session.query("CHECKPOINT", deadline: .seconds(600))
    _ = try await writeConfiguration(cluster, role: .primary, isBootstrap: true)
    await postmaster.reload()
    let end = ContinuousClock.now + .seconds(30)
    while try await session.query(
      "SELECT current_setting('\(OverrideConfiguration.volatileMark)', true) = 'on' AS volatile"
    ).rows.first?["volatile"] == "t" {
      if ContinuousClock.now > end { throw InstanceProblem.postgresDidNotStart("it does not read its configuration") }
      try await Task.sleep(for: .milliseconds(3))
    }
    // The checkpointer has read it by the time it has made this one.
    try await session.query("CHECKPOINT", deadline: .seconds(600))
  }

  private func createObjects(
    _ plan: InitialDatabase, _ credentials: Credentials, _ scripts: BootstrapScripts
  ) async throws {
    let connection = try await session.open()
    let duties = PrimaryDuties(connection: connection, logger: logger)
    // The standbys begin to copy as soon as they can connect.
    try await duties.ensureRoles()
    let owner = try await connection.identifier(plan.owner)
    let database = try await connection.identifier(plan.database)
    if try await !duties.roleExists(plan.owner) { try await connection.execute("CREATE ROLE \(owner) LOGIN") }
    try await duties.setPassword(credentials.password, of: plan.owner, isVerifier: credentials.isVerifier)
    try await run(scripts.postgres, in: "postgres", field: "postInitSQL")
    try await run(scripts.template, in: "template1", field: "postInitTemplateSQL")
    if plan.database != "postgres" {
      try await connection.query("CREATE DATABASE \(database) OWNER \(owner)", deadline: .seconds(120))
    }
    try await run(scripts.application, in: plan.database, field: "postInitApplicationSQL")
  }

  /// The user's statements run as he wrote them, with the search path of the database.
  private func run(_ scripts: [String], in database: String, field: String) async throws {
    guard !scripts.isEmpty else { return }
    let parameters = environment.localParameters(database: database, searchPath: .ofDatabase)
    try await Connection.with(parameters, logger: logger) { connection in
      for (index, script) in scripts.enumerated() {
        do {
          try await connection.execute(script, deadline: .seconds(3600))
        } catch let error as PostgreSQLError {
          throw InstanceProblem.invalidConfiguration(
            "spec.bootstrap.initdb.\(field)[\(index)] failed: \(error). Correct it; the initialization starts over.")
        }
      }
    }
  }
}
