import ClusterAPI
import Foundation
import Kubernetes
import Testing

@testable import Instance

/// What goes on with what was good before: parameters and certificates.
@Suite(.enabled(if: Sandbox.isInside), .serialized) struct LastGoodTests {
  @Test("a standby is made anew while the Cluster is invalid", arguments: Sandbox.binaries)
  func clone(binaries: String) async throws {
    try await Stage.with(binaries) { stage, first in
      var second = try stage.instance("pg-2")
      try await second.becomes("SELECT slot_name FROM pg_stat_wal_receiver", "_cnpg_pg_2")
      try stage.set(["work_mem": "lots"])
      try await first.eventually("the Cluster is invalid") { !stage.controlPlane.isApplied }
      try await second.stop()
      try FileManager.default.removeItem(atPath: second.environment.paths.data)
      second = try stage.instance("pg-2")
      try await second.becomes("SELECT slot_name FROM pg_stat_wal_receiver", "_cnpg_pg_2")
      try await first.becomes(
        "SELECT state FROM pg_stat_replication WHERE application_name LIKE 'pg-2.%.%'", "streaming")
    }
  }

  @Test("an unstartable configuration is tried once; standbys are still followed", arguments: Sandbox.binaries)
  func unstartable(binaries: String) async throws {
    try await Stage.with(binaries, ["spec": ["maxSyncReplicas": 1]]) { stage, first in
      let second = try stage.instance("pg-2")
      try await second.becomes("SELECT status FROM pg_stat_wal_receiver", "streaming")
      try await first.becomes(TestInstance.synchronous, "ANY 1 (\"pg-2\")")
      try stage.controlPlane.edit(["spec": ["postgresql": ["shared_preload_libraries": ["no_such_library"]]]])
      try await first.eventually("a restart is pending") { try await first.status()["pendingRestart"] == true }
      try stage.controlPlane.edit(["status": ["phase": .string(Phase.inPlacePrimaryRestart)]])
      try await first.eventually("the condition says why") {
        stage.controlPlane.condition?.message.contains("no_such_library") ?? false
      }
      try await first.becomes("SELECT 1", "1")
      let started = try await first.value("SELECT pg_postmaster_start_time()")
      try await second.stop()
      try await first.becomes(TestInstance.synchronous, "")
      _ = try stage.instance("pg-2")
      try await first.becomes(TestInstance.synchronous, "ANY 1 (\"pg-2\")")
      #expect(try await first.value("SELECT pg_postmaster_start_time()") == started)
      #expect(!stage.controlPlane.isApplied)
      #expect(first.logText.split(separator: "does not start with its new configuration").count == 2)
    }
  }

  @Test("a Secret that cannot be used changes nothing", arguments: Sandbox.binaries)
  func certificates(binaries: String) async throws {
    try await Stage.with(binaries) { stage, first in
      func problem(_ text: String) async throws {
        try await first.eventually("the condition says: \(text)") {
          stage.controlPlane.condition?.message.contains(text) ?? false
        }
        #expect(try await first.login(password: "secret") == "app")
        #expect(try await first.get("/readyz").status == "200")
      }
      try await first.eventually("it runs") { (try? await first.login(password: "secret")) == "app" }
      let good = try #require(try await stage.controlPlane.secret("pg-server"))
      let other = try #require(try await stage.controlPlane.secret("pg-replication"))
      try stage.controlPlane.put("pg-server", ["tls.crt": good.text("tls.crt"), "tls.key": other.text("tls.key")])
      try await problem("Secret pg-server cannot be used: the private key does not belong to the certificate of pg-rw")
      try first.killPostgres()
      try await first.eventually("postgres comes back after a crash") {
        (try? await first.login(password: "secret")) == "app"
      }
      try stage.controlPlane.put("pg-server", ["tls.crt": "garbage", "tls.key": "garbage"])
      try await problem("Secret pg-server cannot be used: not a PEM certificate")
      try stage.controlPlane.remove("pg-server")
      try await problem("Secret pg-server with the server certificate does not exist")
      try first.killPostgres()
      try await first.eventually("postgres comes back without the Secret") {
        (try? await first.login(password: "secret")) == "app"
      }
      try stage.controlPlane.putCertificates()
      try await first.eventually("the condition heals") { stage.controlPlane.isApplied }
      try stage.controlPlane.put("pg-ca", ["ca.crt": "garbage"])
      try await problem("Secret pg-ca cannot be used")
    }
  }

  @Test("the endpoints answer while nothing is there to begin with", arguments: Sandbox.binaries)
  func endpoints(binaries: String) async throws {
    let stage = try Stage(binaries)
    try stage.controlPlane.remove("pg-server")
    let first = try stage.instance("pg-1")
    try await first.eventually("the startup probe is content") { (try? await first.get("/startupz").status) == "200" }
    #expect(try await first.get("/readyz").status == "500")
    try stage.controlPlane.putCertificates()
    try await first.eventually("it comes up") { (try? await first.get("/readyz").status) == "200" }
    try await first.stop()
    try FileManager.default.removeItem(atPath: stage.directory)
  }
}
