import ClusterAPI
import Failover
import Kubernetes
import PostgreSQL
import Testing

@testable import Instance

@Suite struct ServerConfigurationTests {
  private let surroundings = ServerConfiguration.Surroundings(
    version: ServerVersion(major: 15, minor: 18), paths: InstancePaths(), port: 5432, operatingSystemUser: "postgres")

  private func cluster(_ fill: (inout PostgresConfiguration) -> Void = { _ in }) -> Cluster {
    var postgresql = PostgresConfiguration()
    fill(&postgresql)
    return Cluster.named("pg", in: "db") { $0.spec.postgresql = postgresql }
  }

  private func configuration(_ cluster: Cluster) -> ServerConfiguration {
    ServerConfiguration(cluster, requirement: nil, surroundings: surroundings)
  }

  private func hash(_ cluster: Cluster) -> String { ServerConfiguration.hash(configuration(cluster).parameters) }

  @Test func theFileIsSortedAndEndsInItsHash() {
    let parameters = configuration(cluster()).parameters
    let lines = ServerConfiguration.customText(parameters).split(separator: "\n")
    #expect(lines.dropLast() == lines.dropLast().sorted()[...])
    #expect(lines.last == "cnpg.config_sha256 = '\(ServerConfiguration.hash(parameters))'")
    #expect(ServerConfiguration.hash(parameters).count == 64)
  }

  @Test func theHashTellsConfigurationsApartButNotWhatOnlyToolsRead() {
    let plain = hash(cluster())
    #expect(plain != hash(cluster { $0.parameters = ["work_mem": "8MB"] }))
    #expect(plain == hash(cluster { $0.parameters = ["cnpg.note": "x"] }))
  }

  @Test func whatWasRefusedIsKnownAgainWhicheverStandbysMustConfirm() {
    let one = cluster { $0.parameters = ["work_mem": "8MB"] }
    let before = configuration(one)
    let after = ServerConfiguration(
      one, requirement: StandbyRequirement(names: ["pg-2", "pg-3"], number: 1), surroundings: surroundings)
    #expect(after.parameters["synchronous_standby_names"] == "ANY 1 (\"pg-2\",\"pg-3\")")
    #expect(before.parameters != after.parameters)
    #expect(ServerConfiguration.lasting(before.parameters) == ServerConfiguration.lasting(after.parameters))
    #expect(
      before.current(over: after.parameters) == before.parameters, "a standby that is gone is not waited for")
  }

  @Test func neitherUserNorDefaultMakesPostgresListenElsewhere() {
    let parameters = configuration(cluster { $0.parameters = ["listen_addresses": "*", "port": "1"] }).parameters
    #expect(parameters["listen_addresses"] == nil)
    #expect(parameters["port"] == "5432")
    #expect(parameters["log_destination"] == "jsonlog")
    #expect(
      parameters["archive_command"] == "/controller/matriarch-wal archive /controller/run/.matriarch-wal %p",
      "an empty one would keep all write-ahead log")
  }

  @Test func parametersOfManagedExtensionsLoadTheirLibraries() {
    let configuration = configuration(
      cluster {
        $0.parameters = ["auto_explain.log_min_duration": "10s", "pg_stat_statements.max": "1000"]
        $0.shared_preload_libraries = ["my_library"]
      })
    #expect(configuration.parameters["shared_preload_libraries"] == "my_library,pg_stat_statements,auto_explain")
    #expect(configuration.extensions.filter(\.hasObjects).map(\.name) == ["pg_stat_statements"])
  }

  @Test func rulesComeInTheirOrder() {
    let hba = configuration(cluster { $0.pg_hba = ["host all all 10.0.0.0/8 md5"] }).hba
    #expect(
      hba == """
        local all cnpg_metrics_exporter peer map=cnpg_metrics_exporter
        local all all peer map=local
        hostssl postgres streaming_replica all cert map=cnpg_streaming_replica
        hostssl replication streaming_replica all cert map=cnpg_streaming_replica
        hostssl all cnpg_pooler_pgbouncer all cert map=cnpg_pooler_pgbouncer
        host all all 10.0.0.0/8 md5
        host all all all scram-sha-256

        """)
  }

  @Test func mapsNameTheUserThatRunsPostgres() {
    let ident = configuration(cluster { $0.pg_ident = ["mine alice app"] }).ident
    #expect(
      ident == """
        local postgres postgres
        cnpg_streaming_replica streaming_replica streaming_replica
        cnpg_pooler_pgbouncer cnpg_pooler_pgbouncer cnpg_pooler_pgbouncer
        cnpg_metrics_exporter postgres cnpg_metrics_exporter
        mine alice app

        """)
  }

  @Test func anInvalidRuleIsNamedWithItsFieldAndTheReason() {
    let configuration = configuration(cluster { $0.pg_hba = ["local all all trust", "host all all all scram"] })
    #expect(
      configuration.problem
        == .invalidConfiguration(
          "spec.postgresql.pg_hba[1] \"host all all all scram\": unknown authentication method \"scram\"; it must be "
            + "one of trust, reject, md5, password, gss, sspi, ident, peer, ldap, radius, cert, pam, bsd, oauth, "
            + "scram-sha-256. PostgreSQL keeps running with the last good configuration; correct the value."))
    #expect(configuration.hba == nil)
    #expect(configuration.ident != nil, "the rest can be had")
    #expect(configuration.ownHBA.hasSuffix("cnpg_pooler_pgbouncer all cert map=cnpg_pooler_pgbouncer\n"))
  }

  @Test func aPasswordInARuleIsNotQuoted() {
    let line = "host all all 10.0.0.0/8 ldap ldapserver=x ldapbindpasswd=\"top secret\" oops"
    guard case .invalidConfiguration(let text) = configuration(cluster { $0.pg_hba = [line] }).problem else {
      Issue.record("it must be refused")
      return
    }
    #expect(text.contains("ldapserver=x ldapbindpasswd=…\": option 3 is not of the form name=value"), "\(text)")
    #expect(!text.contains("top") && !text.contains("oops"))
  }

  @Test func podSelectorsBecomeALineForEachAddress() {
    let known = [
      PodSelectorState.with {
        $0.name = "web"
        $0.ips = ["10.1.2.3", "fd00::1"]
      }
    ]
    #expect(
      ServerConfiguration.expand("host app app ${podselector:web} md5", selectors: known)
        == ["host app app 10.1.2.3/32 md5", "host app app fd00::1/128 md5"])
    #expect(
      ServerConfiguration.expand("host app app ${podselector:other} md5", selectors: known)
        == ["# no pod selector \"other\": host app app ${podselector:other} md5"])
  }

  @Test func logicalSlotsWaitForThoseWhoMayTakeOver() {
    func slots(_ major: Int, _ isOn: Bool, confirmations: Int = 1) -> String? {
      let cluster = Cluster.named("pg", in: "db") {
        $0.spec.replicationSlots = .with {
          $0.highAvailability = .with { $0.synchronizeLogicalDecoding = isOn }
        }
      }
      return ServerConfiguration(
        cluster, requirement: StandbyRequirement(names: ["pg-2.abc.1", "pg-3.def.1"], number: confirmations),
        surroundings: ServerConfiguration.Surroundings(
          version: ServerVersion(major: major), paths: InstancePaths(), port: 5432, operatingSystemUser: "postgres")
      ).parameters["synchronized_standby_slots"]
    }
    #expect(slots(17, true) == "_cnpg_pg_2, _cnpg_pg_3")
    #expect(slots(16, true) == nil)
    #expect(slots(17, false) == nil)
    #expect(slots(17, true, confirmations: 0) == nil)
  }

  @Test func whatPostgresSaysOfAParameterBecomesASentenceWithFieldValueAndRemedy() {
    let output = """
      2026-11-23 09:00:00 UTC [1] LOG:  invalid value for parameter "work_mem": "banana"
      2026-11-23 09:00:00 UTC [1] HINT:  Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".
      2026-11-23 09:00:00 UTC [1] FATAL:  configuration file "/x/candidate.conf" contains errors
      """
    #expect(
      ConfigurationFiles.explain(output, values: ["work_mem": "banana", "port": "5432"])
        == "spec.postgresql.parameters.work_mem \"banana\": invalid value for parameter \"work_mem\": \"banana\" (Valid "
        + "units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\".). PostgreSQL keeps running with the "
        + "last good configuration; correct the value.")
  }
}

@Suite struct OverrideConfigurationTests {
  private let environment = InstanceEnvironment(
    instance: "pg-2", namespace: "db", cluster: "pg", address: "127.64.1.2", paths: InstancePaths(),
    programDirectory: "/bin")

  private func control(maxConnections: Int) throws -> ControlData {
    try ControlData(
      programOutput: """
        Database system identifier: 1
        Database cluster state: in archive recovery
        Latest checkpoint location: 0/1
        Latest checkpoint's TimeLineID: 1
        Minimum recovery ending location: 0/1
        Min recovery ending loc's timeline: 0
        max_connections setting: \(maxConnections)
        max_worker_processes setting: 8
        max_wal_senders setting: 10
        max_prepared_xacts setting: 0
        max_locks_per_xact setting: 64
        Bytes per WAL segment: 16777216
        Data page checksum version: 0
        """)
  }

  private func override(_ control: ControlData?) throws -> OverrideConfiguration {
    let cluster = Cluster.named("pg", in: "db") {
      $0.spec.postgresql = .with { $0.parameters = ["max_connections": "200"] }
    }
    let configuration = ServerConfiguration(
      cluster, requirement: nil,
      surroundings: ServerConfiguration.Surroundings(
        version: ServerVersion(major: 15), paths: InstancePaths(), port: 5432, operatingSystemUser: "postgres"))
    return OverrideConfiguration(
      cluster, environment: environment, configured: configuration.parameters, control: control)
  }

  @Test func namesTheServiceFilesLeaderAndTheReplicationCertificate() throws {
    #expect(
      try override(nil).text == """
        primary_conninfo = 'user=streaming_replica port=5432 \
        sslkey=/controller/certificates/streaming_replica.key sslcert=/controller/certificates/streaming_replica.crt \
        sslrootcert=/controller/certificates/server-ca.crt sslmode=verify-ca dbname=postgres tcp_user_timeout=5000 \
        service=leader'
        primary_slot_name = '_cnpg_pg_2'
        recovery_target_timeline = 'latest'
        wal_init_zero = 'off'

        """)
  }

  @Test func beforeRecoveryTheVolumeIsFlushedAsAWhole() throws {
    func method(_ major: Int, _ configured: [String: String] = [:]) -> String? {
      OverrideConfiguration(
        Cluster.named("pg", in: "db"), environment: environment, configured: configured, control: nil,
        version: ServerVersion(major: major)
      ).parameters["recovery_init_sync_method"]
    }
    #expect(method(14) == "syncfs")
    #expect(method(13) == nil)
    #expect(method(18, ["recovery_init_sync_method": "fsync"]) == nil)
  }

  @Test func whoIsPromotedDoesNotSitOutThePauseBetweenTwoTriesToStream() {
    func interval(_ place: OverrideConfiguration.Place) -> String? { parameters(place)["wal_retrieve_retry_interval"] }
    #expect(interval(.successor) == "1ms")
    #expect(interval(.standby) == nil)
    #expect(interval(.primary) == nil)
  }

  @Test func nobodyWaitsForZerosBeforeANewPrimaryIsOpen() {
    #expect(parameters(.standby)["wal_init_zero"] == "off")
    #expect(parameters(.successor)["wal_init_zero"] == "off")
    #expect(parameters(.primary)["wal_init_zero"] == nil)
    #expect(parameters(.standby, ["wal_init_zero": "on"])["wal_init_zero"] == nil)
  }

  private func parameters(
    _ place: OverrideConfiguration.Place, _ configured: [String: String] = [:]
  ) -> [String: String] {
    OverrideConfiguration(
      Cluster.named("pg", in: "db"), environment: environment, configured: configured, control: nil, place: place
    ).parameters
  }

  @Test func aStandbyNeverGoesBelowWhatItsPrimaryRecorded() throws {
    #expect(try override(control(maxConnections: 400)).parameters["max_connections"] == "400")
    #expect(try override(control(maxConnections: 100)).parameters["max_connections"] == nil)
  }
}
