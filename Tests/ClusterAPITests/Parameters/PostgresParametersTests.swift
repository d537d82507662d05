import Testing

@testable import ClusterAPI

@Suite("The table of PostgreSQL's parameters")
struct PostgresParametersTests {
  @Test("names each parameter once")
  func unique() {
    #expect(Set(PostgresParameter.all.map(\.name)).count == PostgresParameter.all.count)
  }

  @Test("reserves what is mandatory")
  func mandatory() {
    for name in PostgresParameters.mandatory.keys { #expect(PostgresParameters.isReserved(name), "\(name)") }
    #expect(!PostgresParameters.isReserved("max_connections"))
  }

  @Test("renders users' values over defaults, and mandatory ones over all")
  func rendered() {
    let rendered = PostgresParameters.rendered(
      ["max_connections": "400", "wal_keep_size": "1GB", "port": "1", "pg_stat_statements.max": "1000"],
      libraries: ["timescaledb", "pg_stat_statements"], major: 17, archiveMode: .on, clusterName: "pg",
      allowsAlterSystem: false)
    #expect(rendered["max_connections"] == "400")
    #expect(rendered["wal_keep_size"] == "1GB")
    #expect(rendered["port"] == "5432")
    #expect(rendered["allow_alter_system"] == "off")
    #expect(rendered["cluster_name"] == "pg")
    #expect(rendered["shared_preload_libraries"] == "timescaledb,pg_stat_statements")
    #expect(
      rendered["archive_command"]
        == "/controller/manager wal-archive --log-destination /controller/log/postgres.json %p")
  }

  @Test("knows a parameter by any spelling")
  func spellings() {
    #expect(PostgresParameters.isReserved("HBA_FILE"))
    let user = ["Port": "1", "HBA_File": "/x", "Max_Worker_Processes": "9", "TimeZone": "UTC", "PgAudit.log": "ddl"]
    let rendered = PostgresParameters.rendered(
      user, libraries: [], major: 17, archiveMode: .on, clusterName: "pg", allowsAlterSystem: false)
    #expect(rendered.keys.allSatisfy { $0 == $0.lowercased() })
    #expect(rendered["port"] == "5432" && rendered["hba_file"] == nil)
    #expect(rendered["max_worker_processes"] == "9" && rendered["timezone"] == "UTC")
    #expect(rendered["shared_preload_libraries"] == "pgaudit")
    let defaulted = PostgresParameters.defaulted(user, archiveMode: .on, keepingReserved: true)
    #expect(defaulted["Max_Worker_Processes"] == "9" && defaulted["max_worker_processes"] == nil)
    #expect(
      PostgresParameters.defaulted(["Work_Mem": "1MB", "work_mem": "2MB"], archiveMode: .on, keepingReserved: true)
        .keys.filter { $0.lowercased() == "work_mem" }.count == 2, "validation gets to see both")
  }

  @Test("leaves out what the version does not know")
  func versions() {
    let rendered = PostgresParameters.rendered(
      [:], libraries: [], major: 16, archiveMode: .off, clusterName: "pg", allowsAlterSystem: true)
    #expect(rendered["allow_alter_system"] == nil)
    #expect(rendered["archive_mode"] == "off")
  }

  @Test(
    "reads sizes as PostgreSQL does",
    arguments: [
      ("1", "1Mi"), ("128MB", "128Mi"), ("16 kB", "16Ki"), ("1GB", "1Gi"), ("2TB", "2Ti"), ("512B", "512"),
    ])
  func sizes(text: String, quantity: String) {
    #expect(PostgresSize.parse(text)?.description == quantity)
  }

  @Test("and refuses others", arguments: ["", "1Gi", "GB", "1.x.MB", "lots"])
  func noSizes(_ text: String) {
    #expect(PostgresSize.parse(text) == nil)
  }
}
