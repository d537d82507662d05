import ClusterAPI
import Failover
import Foundation
import Kubernetes
import Logging
import PostgreSQL
import Processes
import Testing

@testable import Instance

@Suite(.enabled(if: Sandbox.isInside), .serialized) struct RealPostgresTests {
  private func cluster() throws -> Cluster {
    var cluster = Cluster.named("pg", in: "db")
    cluster.spec.walStorage = StorageConfiguration()
    cluster.spec.stopDelay = 30
    cluster.spec.replicationSlots = .with { $0.updateInterval = 1 }
    cluster.spec.minSyncReplicas = 1
    cluster.spec.maxSyncReplicas = 1
    cluster.spec.bootstrap = .with {
      $0.initdb = .with {
        $0.database = "appdb"
        $0.owner = "app"
        $0.dataChecksums = true
        $0.postInitSQL = ["CREATE TABLE in_postgres (a int)"]
        $0.postInitTemplateSQL = ["CREATE TABLE in_template (a int)"]
        $0.postInitApplicationSQL = ["CREATE TABLE t (a int); INSERT INTO t VALUES (1)"]
      }
    }
    cluster.spec.postgresql = .with {
      $0.parameters = ["pg_stat_statements.max": "1000", "auto_explain.log_min_duration": "10s", "work_mem": "8MB"]
    }
    cluster.status = .with {
      $0.targetPrimary = "pg-1"
      $0.instanceNames = ["pg-1", "pg-2"]
      $0.instancesReportedState = [
        "pg-1": .with { $0.ip = Sandbox.primaryAddress }, "pg-2": .with { $0.ip = Sandbox.standbyAddress },
      ]
    }
    return cluster
  }

  @Test("aClusterFromInitdbToStop", arguments: Sandbox.binaries)
  func aClusterFromInitdbToStop(binaries: String) async throws {
    let directory = "/tmp/mi-\(UUID().uuidString.prefix(6))"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let controlPlane = try FakeControlPlane(cluster())
    try controlPlane.putCertificates()
    try Sandbox.setPrimary(Sandbox.primaryAddress)
    let first = try TestInstance(
      "pg-1", address: Sandbox.primaryAddress, directory: directory, binaries: binaries, controlPlane: controlPlane)
    let second = try TestInstance(
      "pg-2", address: Sandbox.standbyAddress, directory: directory, binaries: binaries, controlPlane: controlPlane)

    do {
      try await wholeLife(first, second, controlPlane)
    } catch {
      Issue.record(error)
    }
    try await second.stop()
    try await first.stop()
    let programs = try await PostgresPrograms(directory: binaries)
    #expect(try await programs.controlData(of: second.environment.paths.data).state == .shutDown)
    #expect(!first.logText.contains("PASSWORD"), "no statement with a verifier is logged")
  }

  private func wholeLife(
    _ first: TestInstance, _ second: TestInstance, _ controlPlane: FakeControlPlane
  ) async throws {
    try await missingSecret(first, controlPlane)
    try await bootstrap(first, second, controlPlane)
    try await endpoints(first, second)
    try await configuration(first, controlPlane)
    try await unstartable(first, controlPlane)
    try await secrets(first, controlPlane)
    try await slotCopies(first, second)
    try await synchronousReplication(first, controlPlane)
    try await failover(first, second, controlPlane)
    try await divergence(first, controlPlane)
  }

  private func missingSecret(_ first: TestInstance, _ controlPlane: FakeControlPlane) async throws {
    try await first.eventually("an event names the missing Secret") {
      controlPlane.events.contains { $0.hasPrefix("SecretNotFound: Instance pg-1: Secret pg-app with the password") }
    }
    #expect(!FileManager.default.fileExists(atPath: first.environment.paths.data), "nothing is made before it is there")
    #expect(try await first.get("/startupz").status == "200")
    #expect(try await first.get("/readyz").status == "500")
    try controlPlane.put("pg-app", ["username": "app", "password": "first password"])
  }

  private func bootstrap(
    _ first: TestInstance, _ second: TestInstance, _ controlPlane: FakeControlPlane
  ) async throws {
    let start = ContinuousClock.now
    try await second.becomes("SELECT count(*) FROM public.t", "1", database: "appdb")
    try await first.becomes(
      "SELECT count(*) FROM pg_stat_replication WHERE application_name LIKE 'pg-2.%.%' AND state = 'streaming'", "1")
    print(
      "initdb to streaming, PostgreSQL \(try await first.value("SHOW server_version") ?? ""):",
      ContinuousClock.now - start)
    let status = try #require(controlPlane.cluster?.status)
    #expect(status.currentPrimary == "pg-1")
    #expect(Conditions.isTrue(ConditionType.initialized, in: status.conditions))
    #expect(try await first.value("SELECT count(*) FROM public.in_template", database: "appdb") == "0")
    #expect(try await first.value("SELECT count(*) FROM public.in_postgres") == "0")
    #expect(try await first.value("SHOW data_checksums") == "on")
    #expect(try await first.value("SHOW listen_addresses") == Sandbox.primaryAddress)
    #expect(try await first.value("SHOW wal_level") == "logical")
    let slot = "SELECT slot_name FROM pg_replication_slots WHERE slot_name LIKE '!_cnpg!_%' ESCAPE '!'"
    #expect(try await first.value(slot) == "_cnpg_pg_2")
    #expect(try await second.value("SELECT slot_name FROM pg_stat_wal_receiver") == "_cnpg_pg_2")
    let link = try FileManager.default.destinationOfSymbolicLink(atPath: "\(second.environment.paths.data)/pg_wal")
    #expect(link == second.environment.paths.wal)
    for database in ["postgres", "template1", "appdb"] {
      try await first.becomes(
        "SELECT count(*) FROM pg_extension WHERE extname = 'pg_stat_statements'", "1", database: database)
    }
    #expect(try await first.login(password: "first password") == "app")
    #expect(!FileManager.default.fileExists(atPath: "\(second.environment.paths.data).incomplete"))
    try await first.eventually("postgres' log is on standard output") { first.logText.contains("\"msg\":\"record\"") }
  }

  private func endpoints(_ first: TestInstance, _ second: TestInstance) async throws {
    for path in ["/startupz", "/readyz", "/healthz", "/failsafe"] {
      try await first.eventually("\(path) answers OK") { try await first.get(path) == ("200", "OK") }
    }
    #expect(try await first.get("/pg/controldata").status == "401")
    #expect(try await first.get("/nothing").status == "404")
    let primary = try JSON(parsing: Array(try await first.get("/pg/status").body.utf8))
    #expect(primary["isPrimary"] == true)
    #expect(primary["timeLineID"] == 1)
    #expect(primary["replicationInfo"]?.arrayValue?.first?["applicationName"] == "pg-2")
    #expect(primary["pendingRestart"] == false)
    let standby = try JSON(parsing: Array(try await second.get("/pg/status").body.utf8))
    #expect(standby["isPrimary"] == false)
    #expect(standby["isWalReceiverActive"] == true)
    #expect(standby["systemID"] == primary["systemID"])
    let metrics = try await Tool.run(
      "/usr/bin/curl", ["-s", "http://\(Sandbox.primaryAddress):9187/metrics"], deadline: .seconds(10))
    #expect(metrics.text.contains("cnpg_collector_up{cluster=\"pg\"} 1\n"))
  }

  private func configuration(_ first: TestInstance, _ controlPlane: FakeControlPlane) async throws {
    func set(_ parameters: JSON) throws { try controlPlane.edit(["spec": ["postgresql": ["parameters": parameters]]]) }
    try set(["work_mem": "banana"])
    try await first.eventually("the condition names what is invalid") {
      controlPlane.condition?.message.contains("spec.postgresql.parameters.work_mem \"banana\": invalid value")
        ?? false
    }
    #expect(controlPlane.condition?.reason == "InvalidConfiguration")
    #expect(try await first.value("SHOW work_mem") == "8MB")
    try set(["work_mem": "16MB", "auto_explain.log_format": "papyrus"])
    try await first.eventually("the condition names an extension's parameter") {
      controlPlane.condition?.message.contains("spec.postgresql.parameters.auto_explain.log_format \"papyrus\"")
        ?? false
    }
    try set(["auto_explain.log_format": .null])
    try await first.becomes("SHOW work_mem", "16MB")
    try await first.eventually("the condition heals") { controlPlane.condition?.status == "True" }

    try controlPlane.edit(["spec": ["postgresql": ["pg_hba": ["host all all 10.0.0.0/99 md5"]]]])
    try await first.eventually("the condition names the rule") {
      controlPlane.condition?.message.contains("spec.postgresql.pg_hba[0]") ?? false
    }
    try controlPlane.edit(["spec": ["postgresql": ["pg_hba": ["host all all 10.0.0.0/8 md5"]]]])
    try await first.becomes("SELECT count(*) FROM pg_hba_file_rules WHERE address = '10.0.0.0'", "1")
    try await first.eventually("the condition heals") { controlPlane.condition?.status == "True" }

    try set(["shared_buffers": "64MB"])
    try await first.eventually("a restart is pending") {
      (try? JSON(parsing: Array(try await first.get("/pg/status").body.utf8)))?["pendingRestart"] == true
    }
    try controlPlane.edit(["status": ["phase": .string(Phase.inPlacePrimaryRestart)]])
    try await first.becomes("SHOW shared_buffers", "64MB")
    try await first.eventually("the restart is reported") { controlPlane.cluster?.status?.phase == Phase.healthy }
  }

  /// A value that is valid and yet keeps postgres from starting: a library that the image does not have.
  private func unstartable(_ first: TestInstance, _ controlPlane: FakeControlPlane) async throws {
    try controlPlane.edit(["spec": ["postgresql": ["shared_preload_libraries": ["no_such_library"]]]])
    try await first.eventually("a restart is pending") {
      (try? JSON(parsing: Array(try await first.get("/pg/status").body.utf8)))?["pendingRestart"] == true
    }
    try controlPlane.edit(["status": ["phase": .string(Phase.inPlacePrimaryRestart)]])
    try await first.eventually("the condition says why postgres does not start") {
      controlPlane.condition?.message.contains("no_such_library") ?? false
    }
    try await first.becomes("SHOW shared_preload_libraries", "pg_stat_statements,auto_explain")
    try controlPlane.edit(["spec": ["postgresql": ["shared_preload_libraries": .null]]])
    try await first.eventually("the condition heals") { controlPlane.condition?.status == "True" }
  }

  private func secrets(_ first: TestInstance, _ controlPlane: FakeControlPlane) async throws {
    try controlPlane.put("pg-app", ["username": "app", "password": "second password"])
    try await first.eventually("the new password holds") {
      (try? await first.login(password: "second password")) == "app"
    }
    await #expect(throws: PostgreSQLError.self) { try await first.login(password: "first password") }
    try controlPlane.put("pg-app", ["username": "somebody", "password": "x"])
    try await first.eventually("a wrong user name is reported") {
      controlPlane.events.contains { $0.contains("wrong username 'somebody' in secret, expected 'app'") }
    }
    try controlPlane.put("pg-app", ["username": "app", "password": "second password"])
    let started = try await first.value("SELECT pg_postmaster_start_time()")
    try controlPlane.putCertificates()
    try await first.eventually("the renewed certificate is shown") {
      (try? await first.login(password: "second password")) == "app"
    }
    #expect(try await first.value("SELECT pg_postmaster_start_time()") == started, "without a restart")
  }

  private func slotCopies(_ first: TestInstance, _ second: TestInstance) async throws {
    _ = try await first.query("SELECT pg_create_physical_replication_slot('mine', true)")
    try await second.becomes(
      "SELECT string_agg(slot_name, ',') FROM pg_replication_slots WHERE restart_lsn IS NOT NULL", "mine")
    _ = try await first.query("SELECT pg_drop_replication_slot('mine')")
    try await second.becomes("SELECT count(*) FROM pg_replication_slots", "0")
  }

  private func synchronousReplication(_ first: TestInstance, _ controlPlane: FakeControlPlane) async throws {
    try await first.becomes(TestInstance.synchronous, "ANY 1 (\"pg-2\")")
    try await first.becomes(
      "SELECT sync_state FROM pg_stat_replication WHERE application_name LIKE 'pg-2.%.%'", "quorum")
    // Before that the record says that nobody has to confirm: what is written then may be lost.
    try await first.eventually("the record says that a standby confirms") {
      (try? await controlPlane.lease())?.record?.required == 2
    }
    _ = try await first.query("INSERT INTO public.t VALUES (2)", database: "appdb")
  }

  /// The postmaster dies: the standby takes over with everything that was acknowledged, the former primary follows.
  private func failover(_ first: TestInstance, _ second: TestInstance, _ controlPlane: FakeControlPlane) async throws {
    let pidFile = try String(contentsOfFile: "\(first.environment.paths.data)/postmaster.pid", encoding: .utf8)
    let pid = try #require(pidFile.split(separator: "\n").first.flatMap { pid_t($0) })
    kill(pid, SIGKILL)
    try await second.becomes("SELECT pg_is_in_recovery()", "f")
    try await second.eventually("the status says so") { controlPlane.cluster?.status?.currentPrimary == "pg-2" }
    #expect(try await second.value("SELECT count(*) FROM public.t", database: "appdb") == "2")
    try await first.becomes("SELECT pg_is_in_recovery()", "t")
    #expect(FileManager.default.fileExists(atPath: "\(first.environment.paths.data)/standby.signal"))
    #expect(try await first.value("SELECT count(*) FROM public.t", database: "appdb") == "2")
    #expect(first.logText.contains("rewinding"))
    try await second.becomes(
      "SELECT state FROM pg_stat_replication WHERE application_name LIKE 'pg-1.%.%'", "streaming")
    try await first.becomes("SELECT received_tli FROM pg_stat_wal_receiver", "2")
    let lease = try await controlPlane.lease()
    #expect(lease.record?.term == Term(2) && lease.record?.timeline == TimelineID(2))
  }

  /// Somebody promotes a standby by hand: it has a history of its own now, cannot follow, and heals.
  private func divergence(_ first: TestInstance, _ controlPlane: FakeControlPlane) async throws {
    _ = try await first.query("SELECT pg_promote(true, 30)")
    _ = try? await first.query("INSERT INTO public.t VALUES (99)", database: "appdb")
    try await first.becomes("SELECT status FROM pg_stat_wal_receiver", "streaming")
    #expect(try await first.value("SELECT count(*) FROM public.t WHERE a = 99", database: "appdb") == "0")
  }
}
