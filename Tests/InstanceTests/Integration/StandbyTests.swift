import Foundation
import Kubernetes
import Processes
import Testing

@testable import Instance

/// A standby that cannot follow, and what is asked about one that does.
@Suite(.enabled(if: Sandbox.isInside), .serialized) struct StandbyTests {
  private let noHints: JSON = [
    "spec": [
      "minSyncReplicas": 1, "maxSyncReplicas": 1, "bootstrap": ["initdb": ["dataChecksums": false]],
      "postgresql": ["parameters": ["wal_log_hints": "off"]],
    ]
  ]

  @Test("what cannot be rewound is copied anew", arguments: Sandbox.binaries)
  func failedRewind(binaries: String) async throws {
    try await Stage.with(binaries, noHints) { stage, first in
      let second = try stage.instance("pg-2")
      try await first.eventually("the record says that the standby confirms") {
        (try? await stage.controlPlane.lease())?.record?.required == 2
      }
      try first.killPostgres()
      try await second.becomes("SELECT pg_is_in_recovery()", "f")
      try await first.becomes("SELECT status FROM pg_stat_wal_receiver", "streaming")
      #expect(first.logText.contains("target server needs to use either data checksums or"))
      #expect(first.logText.contains("the data are copied"))
      let data = first.environment.paths.data
      #expect(!FileManager.default.fileExists(atPath: "\(data).incomplete"))
      #expect(FileManager.default.fileExists(atPath: "\(data).kept/global/pg_control"))
      #expect(stage.controlPlane.events.contains { $0.hasPrefix("DataKept: Instance pg-1: ") })
    }
  }

  @Test("a former primary is rewound, though no client is let in before it confirms", arguments: Sandbox.binaries)
  func rewind(binaries: String) async throws {
    try await Stage.with(binaries, ["spec": ["minSyncReplicas": 1, "maxSyncReplicas": 1]]) { stage, first in
      let second = try stage.instance("pg-2")
      try await first.eventually("the record says that the standby confirms") {
        (try? await stage.controlPlane.lease())?.record?.required == 2
      }
      try first.killPostgres()
      try await second.becomes("SELECT pg_is_in_recovery()", "f")
      try await first.becomes("SELECT status FROM pg_stat_wal_receiver", "streaming")
      #expect(first.logText.contains("rewinding to the primary's history"))
      let said = first.logText.split(separator: "\n").filter { $0.contains("rewind") }.joined(separator: "\n")
      #expect(!said.contains("rewinding failed"), "\(said)")
      #expect(!first.logText.contains("the data are copied"))
    }
  }

  @Test(
    "a former primary is rewound to one whose first checkpoint since its promotion takes long",
    arguments: Sandbox.binaries)
  func rewindBeforeCheckpoint(binaries: String) async throws {
    let slow: JSON = [
      "spec": [
        "minSyncReplicas": 1, "maxSyncReplicas": 1, "postgresql": ["parameters": ["checkpoint_timeout": "1h"]],
      ]
    ]
    try await Stage.with(binaries, slow) { stage, first in
      let second = try stage.instance("pg-2")
      try await first.eventually("the record says that the standby confirms") {
        (try? await stage.controlPlane.lease())?.record?.required == 2
      }
      // What it asks for as a primary is in force, by a checkpoint of its own.
      try await second.becomes("SELECT current_setting('synchronous_standby_names') <> ''", "t")
      try await Task.sleep(for: .milliseconds(500))
      // Pages for a checkpoint that is spread over an hour.
      _ = try await first.query("CREATE TABLE public.pages AS SELECT generate_series(1, 500000) AS n")
      try first.killPostgres()
      try await second.becomes("SELECT pg_is_in_recovery()", "f")
      #expect(try await second.value("SELECT timeline_id FROM pg_control_checkpoint()") == "1", "it takes long")
      try await first.becomes("SELECT status FROM pg_stat_wal_receiver", "streaming")
      #expect(first.logText.contains("rewinding to the primary's history"))
      #expect(!first.logText.contains("no rewind required"))
      #expect(!first.logText.contains("the data are copied"))
    }
  }

  @Test("a former primary is rewound, though it bears a standby's mark and was killed", arguments: Sandbox.binaries)
  func rewindOfMarked(binaries: String) async throws {
    try await Stage.with(binaries, ["spec": ["minSyncReplicas": 1, "maxSyncReplicas": 1]]) { stage, first in
      let second = try stage.instance("pg-2")
      try await first.eventually("the record says that the standby confirms") {
        (try? await stage.controlPlane.lease())?.record?.required == 2
      }
      // As if it had begun to follow before. pg_rewind recovers what was not shut down, by a server that knows no such mark.
      let mark = "\(first.environment.paths.data)/standby.signal"
      #expect(FileManager.default.createFile(atPath: mark, contents: nil))
      try first.killPostgres()
      try await second.becomes("SELECT pg_is_in_recovery()", "f")
      try await first.becomes("SELECT status FROM pg_stat_wal_receiver", "streaming")
      #expect(!first.logText.contains("the data are copied"))
    }
  }

  @Test("what a first session in a database gathers is there on a standby", arguments: Sandbox.binaries)
  func warmCatalogs(binaries: String) async throws {
    try await Stage.with(binaries) { stage, first in
      let second = try stage.instance("pg-2")
      try await second.becomes("SELECT status FROM pg_stat_wal_receiver", "streaming")
      let number = try #require(try await first.value("SELECT oid FROM pg_database WHERE datname LIKE 'app%'"))
      try await second.eventually("... in the application's database") {
        FileManager.default.fileExists(atPath: "\(second.environment.paths.data)/base/\(number)/pg_internal.init")
      }
    }
  }

  @Test(
    "a standby whose write-ahead log the primary has removed is copied anew, and an event says so",
    arguments: Sandbox.binaries)
  func removedLog(binaries: String) async throws {
    try await Stage.with(binaries, keepsNoLog) { stage, first in
      var second = try stage.instance("pg-2")
      try await second.becomes("SELECT status FROM pg_stat_wal_receiver", "streaming")
      try await second.stop()
      try await removeLog(of: first)
      second = try stage.instance("pg-2")
      try await isCopiedAnew(second, stage)
    }
  }

  @Test("... also one that lets nobody in before it has that log", arguments: Sandbox.binaries)
  func removedLogOfCopy(binaries: String) async throws {
    try await Stage.with(binaries, keepsNoLog) { stage, first in
      try await first.leads(stage)
      // A copy like the manager's own, but without the log that was written meanwhile.
      let data = "\(stage.directory)/pg-2/data/pgdata"
      let certificates = first.environment.paths.certificates
      let source =
        "host=\(first.environment.address) user=streaming_replica sslmode=verify-ca sslrootcert=\(certificates)/server-ca.crt "
        + "sslcert=\(certificates)/streaming_replica.crt sslkey=\(certificates)/streaming_replica.key"
      let copy = try await Tool.run(
        "\(binaries)/pg_basebackup", ["-D", data, "-d", source, "-X", "none", "-c", "fast", "--no-sync"],
        deadline: .seconds(30))
      try #require(copy.status.isSuccess, "\(copy.errorText)")
      #expect(FileManager.default.createFile(atPath: "\(data)/standby.signal", contents: nil))
      try await removeLog(of: first)
      try await isCopiedAnew(try stage.instance("pg-2"), stage)
    }
  }

  private let keepsNoLog: JSON = [
    "spec": [
      "replicationSlots": ["highAvailability": ["enabled": false]],
      "bootstrap": ["initdb": ["walSegmentSize": 1]],
      "postgresql": ["parameters": ["wal_keep_size": "0", "max_wal_size": "2MB", "min_wal_size": "2MB"]],
    ]
  ]

  /// What nobody holds back is gone after two checkpoints.
  private func removeLog(of primary: TestInstance) async throws {
    for _ in 1...8 { _ = try await primary.query("SELECT pg_switch_wal(), txid_current()") }
    _ = try await primary.query("CHECKPOINT")
    _ = try await primary.query("CHECKPOINT")
  }

  private func isCopiedAnew(_ standby: TestInstance, _ stage: Stage) async throws {
    try await standby.eventually("an event says what to do") {
      stage.controlPlane.events.contains {
        $0.hasPrefix("CannotCatchUp: Instance pg-2: The primary has removed the write-ahead log from")
      }
    }
    try await standby.becomes("SELECT status FROM pg_stat_wal_receiver", "streaming")
  }

  /// First a standby streams uncounted, and it connects anew once it counts.
  private func counts(_ standby: TestInstance, at primary: TestInstance) async throws {
    try await primary.becomes(
      "SELECT count(*) FROM pg_stat_replication WHERE application_name LIKE '\(standby.name).%.%' AND state = 'streaming'",
      "1")
    try await standby.becomes("SELECT status FROM pg_stat_wal_receiver", "streaming")
  }

  @Test("probes that ask more", arguments: Sandbox.binaries)
  func probes(binaries: String) async throws {
    let edit: JSON = [
      "spec": [
        "probes": ["readiness": ["type": "streaming", "maximumLag": "16Mi"], "startup": ["type": "query"]]
      ]
    ]
    try await Stage.with(binaries, edit) { stage, first in
      let second = try stage.instance("pg-2")
      for instance in [first, second] {
        for path in ["/readyz", "/startupz"] {
          try await instance.eventually("\(instance.name) \(path)") { (try? await instance.get(path).status) == "200" }
        }
      }
      try await counts(second, at: first)
      _ = try await second.query("SELECT pg_wal_replay_pause()")
      _ = try await first.query(
        "CREATE TABLE public.big AS SELECT repeat(n::text, 100) FROM generate_series(1, 99999) n")
      try await second.eventually("a standby that lags too far behind is not ready") {
        try await second.get("/readyz").body.contains("bytes behind, more than 16777216")
      }
      _ = try await second.query("SELECT pg_wal_replay_resume()")
      try await second.eventually("... until it has caught up") { try await second.get("/readyz").status == "200" }
    }
  }

  @Test("/pg/status has all keys", arguments: Sandbox.binaries)
  func status(binaries: String) async throws {
    try await Stage.with(binaries) { stage, first in
      let second = try stage.instance("pg-2")
      try await counts(second, at: first)
      let common = [
        "systemID", "isPrimary", "replayPaused", "pendingRestart", "pendingRestartForDecrease", "isWalReceiverActive",
        "isPgRewindRunning", "mightBeUnavailable", "isArchivingWAL", "node", "pod", "loadedConfigurationHash",
        "readyWalFiles", "timeLineID", "replicationSlotsInfo", "executableHash", "instanceManagerVersion",
        "instanceArch", "isInstanceManagerUpgrading", "sessionID", "isPodReady",
      ]
      let primary = try #require(try await first.status().objectValue)
      let standby = try #require(try await second.status().objectValue)
      let ofPrimary = ["currentLsn", "currentWAL", "replicationInfo", "pgStatBasebackupsInfo"]
      #expect(Set(common + ofPrimary).subtracting(primary.keys) == [])
      #expect(Set(common + ["receivedLsn", "replayLsn"]).subtracting(standby.keys) == [])
      #expect(primary["isArchivingWAL"] == false, "nothing archives yet")
      #expect(standby["isPrimary"] == false && standby["isWalReceiverActive"] == true)
    }
  }
}
