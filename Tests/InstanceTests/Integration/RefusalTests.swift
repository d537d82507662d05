import Foundation
import Kubernetes
import PostgreSQL
import Testing

@testable import Instance

/// What a Cluster asks for and PostgreSQL does not take: it is said, it holds up nothing else, and it survives a crash.
@Suite(.enabled(if: Sandbox.isInside), .serialized) struct RefusalTests {
  @Test("a password's verifier is in no log, however much is logged", arguments: Sandbox.binaries)
  func passwords(binaries: String) async throws {
    let loud: JSON = [
      "log_statement": "all", "log_min_duration_statement": "0", "log_transaction_sample_rate": "1",
      "log_min_error_statement": "debug1", "pg_stat_statements.track_utility": "on",
    ]
    try await Stage.with(binaries, ["spec": ["postgresql": ["parameters": loud]]]) { stage, first in
      try await first.eventually("the first password holds") { (try? await first.login(password: "secret")) == "app" }
      try stage.controlPlane.put("pg-app", ["username": "app", "password": "other"])
      try await first.eventually("the second too") { (try? await first.login(password: "other")) == "app" }
      try await first.eventually("statements are logged") { first.logText.contains("SELECT current_user") }
      #expect(!first.logText.contains("SCRAM-SHA-256$"))
      let seen = "WHERE query LIKE '%SCRAM-SHA-256$%' AND query NOT LIKE '%LIKE%'"
      #expect(try await first.value("SELECT count(*) FROM pg_stat_activity \(seen)") == "0")
      // The extension comes in its own time; an error is waited out, a row is not.
      try await first.becomes("SELECT count(*) FROM public.pg_stat_statements \(seen)", "0")
      #expect(first.logText.contains("RESET log_statement"), "afterwards the session is as the Cluster says")
    }
  }

  @Test("one database does not hold up the others, nor anything else", arguments: Sandbox.binaries)
  func databases(binaries: String) async throws {
    try await Stage.with(binaries) { stage, first in
      try await first.leads(stage)
      for name in ["bare", "viewed", "dropped", "last"] { _ = try await first.query("CREATE DATABASE \(name)") }
      _ = try await first.query("DROP SCHEMA public", database: "bare")
      _ = try await first.query("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'dropped'")
      let extensions = "SELECT count(*) FROM pg_extension WHERE extname = 'pg_stat_statements'"
      try stage.set(["pg_stat_statements.max": "1000"])
      try await first.eventually("a restart is pending") { first.logText.contains("configuration reloaded") }
      try stage.controlPlane.edit(["status": ["phase": .string("Primary instance is being restarted in-place")]])
      try await first.becomes(extensions, "1", database: "last")
      try await first.eventually("the condition names the database and the reason") {
        stage.controlPlane.condition?.message.contains(
          "extensions in database \"bare\": ERROR: schema \"public\" does not exist") ?? false
      }
      #expect(stage.controlPlane.condition?.message.contains("dropped") == false)
      try stage.controlPlane.put("pg-app", ["username": "app", "password": "other"])
      try await first.eventually("passwords are set") { (try? await first.login(password: "other")) == "app" }
      #expect(try await first.status()["pendingRestart"] == false)

      _ = try await first.query("CREATE SCHEMA public", database: "bare")
      try stage.controlPlane.edit(["status": ["phaseReason": "anything new"]])
      try await first.becomes(extensions, "1", database: "bare")
      try await first.eventually("the condition heals") { stage.controlPlane.isApplied }

      _ = try await first.query("CREATE VIEW public.v AS SELECT * FROM public.pg_stat_statements", database: "viewed")
      try stage.set(["pg_stat_statements.max": .null])
      try await first.eventually("what a view needs is not dropped from under it") {
        stage.controlPlane.condition?.message.contains("extensions in database \"viewed\": ERROR: cannot drop") ?? false
      }
      try await first.becomes(extensions, "0", database: "last")
    }
  }

  /// A port of LDAP that is none is refused where LDAP is built in, and LDAP itself where it is not.
  private static let badRule =
    "host all all 10.0.0.0/8 ldap ldapserver=x ldapbasedn=y ldapport=z ldapbindpasswd=topsecret"

  @Test("rules that only postgres can judge", arguments: Sandbox.binaries)
  func rules(binaries: String) async throws {
    try await Stage.with(binaries) { stage, first in
      try await first.eventually("the good rules hold") { (try? await first.login(password: "secret")) == "app" }
      try stage.controlPlane.edit(["spec": ["postgresql": ["pg_hba": [.string(Self.badRule)]]]])
      func isNamed() -> Bool {
        stage.controlPlane.condition?.message.contains("spec.postgresql.pg_hba \"host all all 10.0.0.0/8 ldap") ?? false
      }
      try await first.eventually("the condition names the rule", isNamed)
      try stage.controlPlane.put("pg-app", ["username": "app", "password": "other"])
      try await first.eventually("passwords are set") { (try? await first.login(password: "other")) == "app" }
      #expect(!stage.controlPlane.isApplied, "it stays said")

      try first.killPostgres()
      try await first.eventually("postgres comes back after a crash") {
        (try? await first.login(password: "other")) == "app"
      }
      let second = try await stage.replace(first)
      try await second.eventually("... and under an instance manager that remembers nothing") {
        (try? await second.login(password: "other")) == "app"
      }
      try await second.eventually("... which says it again", isNamed)
      #expect(!stage.controlPlane.isApplied)
      let said = stage.controlPlane.events + [second.logText, stage.controlPlane.condition?.message ?? ""]
      #expect(!said.contains { $0.contains("topsecret") }, "no secret of a rule is said")

      try stage.controlPlane.edit(["spec": ["postgresql": ["pg_hba": ["host all all 10.0.0.0/8 md5"]]]])
      try await second.becomes("SELECT count(*) FROM pg_hba_file_rules WHERE address = '10.0.0.0'", "1")
      try await second.eventually("the condition heals") { stage.controlPlane.isApplied }
    }
  }

  @Test("a cluster that begins with such a rule", arguments: Sandbox.binaries)
  func firstRules(binaries: String) async throws {
    try await Stage.with(binaries, ["spec": ["postgresql": ["pg_hba": [.string(Self.badRule)]]]]) { stage, first in
      try await first.eventually("the condition names the rule") {
        stage.controlPlane.condition?.message.contains("spec.postgresql.pg_hba") ?? false
      }
      #expect(stage.controlPlane.cluster?.status?.currentPrimary == "pg-1")
      let second = try stage.instance("pg-2")
      try await second.becomes("SELECT status FROM pg_stat_wal_receiver", "streaming")
      #expect(!stage.controlPlane.isApplied)
      await #expect(throws: PostgreSQLError.self, "without the user's rules no user is let in") {
        try await first.login(password: "secret")
      }
      try stage.controlPlane.edit(["spec": ["postgresql": ["pg_hba": .null]]])
      try await first.eventually("mended") { (try? await first.login(password: "secret")) == "app" }
      try await first.eventually("the condition heals") { stage.controlPlane.isApplied }
    }
  }

  @Test("maps that postgres cannot read lock nobody out", arguments: Sandbox.binaries)
  func maps(binaries: String) async throws {
    try await Stage.with(binaries, ["spec": ["postgresql": ["pg_ident": ["m /[ app"]]]]) { stage, first in
      func isNamed() -> Bool {
        stage.controlPlane.condition?.message.contains("spec.postgresql.pg_ident \"m /[ app\": invalid regular")
          ?? false
      }
      try await first.eventually("a new cluster says so", isNamed)
      try stage.controlPlane.edit(["spec": ["postgresql": ["pg_ident": ["m /^a$ app"]]]])
      try await first.eventually("the condition heals") { stage.controlPlane.isApplied }
      try stage.controlPlane.edit(["spec": ["postgresql": ["pg_ident": ["m /[ app"]]]])
      try await first.eventually("the condition names the line", isNamed)
      try first.killPostgres()
      try await first.becomes("SELECT count(*) FROM pg_ident_file_mappings WHERE sys_name = '/^a$'", "1")
      try await first.stop()
      // As if it had been changed while nothing ran.
      try "local /[ postgres\n".write(
        toFile: "\(first.environment.paths.data)/pg_ident.conf", atomically: true, encoding: .utf8)
      let second = try stage.instance("pg-1")
      try await second.becomes("SELECT count(*) FROM pg_ident_file_mappings WHERE sys_name = '/^a$'", "1")
      try await second.eventually("... and says it again", isNamed)
    }
  }
}

extension TestInstance {
  /// What `/pg/status` answers.
  func status() async throws -> JSON { try JSON(parsing: Array(try await get("/pg/status").body.utf8)) }
}
