import Backup
import Certificates
import ClusterAPI
import Foundation
import Kubernetes
import PostgreSQL
import Processes
import Testing

@testable import Instance

/// Write-ahead log into a directory, backups of it, and clusters restored from both.
@Suite(.enabled(if: Sandbox.isInside), .serialized) struct ArchiveTests {
  private static func place(_ path: String, server: String? = nil, wal: JSON = [:], data: JSON = [:]) -> JSON {
    var store: [String: JSON] = ["destinationPath": .string("file://\(path)"), "wal": wal, "data": data]
    if let server { store["serverName"] = .string(server) }
    return .object(store)
  }

  private static func archiving(_ path: String, wal: JSON = [:], data: JSON = [:]) -> JSON {
    ["spec": ["backup": ["barmanObjectStore": place(path, wal: wal, data: data)]]]
  }

  private static func directory() throws -> String {
    let path = "/tmp/mi-archive-\(UUID().uuidString.prefix(6))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  private func files(_ path: String, server: String = "pg") -> [String] {
    let root = "\(path)/\(server)/wals"
    let names = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    return names.map { ($0 as NSString).lastPathComponent }.filter { $0.utf8.count >= 16 && !$0.hasPrefix(".") }
      .sorted()
  }

  private func condition(_ stage: Stage, _ type: String) -> Condition? {
    stage.controlPlane.cluster?.status?.conditions?.first { $0.type == type }
  }

  private func archives(_ instance: TestInstance, _ stage: Stage) async throws {
    try await instance.eventually("archiving is known to work") {
      condition(stage, "ContinuousArchiving")?.status == "True"
    }
  }

  @Test(
    "archiving counts as working once a file has arrived, and fails loudly", arguments: Sandbox.binaries)
  func archiving(binaries: String) async throws {
    let path = try Self.directory()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await Stage.with(binaries, Self.archiving(path, wal: ["compression": "gzip", "maxParallel": 4])) {
      stage, first in
      try await archives(first, stage)
      #expect(files(path).contains { $0.hasPrefix("000000010000000000000001") && $0.hasSuffix(".gz") })
      // Nothing can be written there any more.
      try FileManager.default.removeItem(atPath: path)
      try Data().write(to: URL(fileURLWithPath: path))
      _ = try await first.query("SELECT pg_switch_wal(), txid_current()")
      try await first.eventually("the condition says so") { condition(stage, "ContinuousArchiving")?.status == "False" }
      #expect(stage.controlPlane.events.contains { $0.hasPrefix("ContinuousArchivingFailing: ") })
      try FileManager.default.removeItem(atPath: path)
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      _ = try await first.query("SELECT pg_switch_wal(), txid_current()")
      try await archives(first, stage)
    }
  }

  @Test("a new cluster does not write to where another has written", arguments: Sandbox.binaries.prefix(1))
  func foreignArchive(binaries: String) async throws {
    let path = try Self.directory()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await Stage.with(binaries, Self.archiving(path)) { stage, first in try await archives(first, stage) }
    let before = files(path)
    try await Stage.with(binaries, Self.archiving(path)) { stage, first in
      try await first.eventually("the condition says what is there") {
        condition(stage, "ContinuousArchiving")?.message.contains("Expected empty archive") ?? false
      }
      #expect(files(path) == before)
    }
  }

  @Test("what a lost primary had not archived is archived by the next", arguments: Sandbox.binaries.suffix(1))
  func noGap(binaries: String) async throws {
    let path = try Self.directory()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let edit = MergePatch.apply(
      ["spec": ["minSyncReplicas": 1, "maxSyncReplicas": 1]], to: Self.archiving(path))
    try await Stage.with(binaries, edit) { stage, first in
      let second = try stage.instance("pg-2")
      try await first.eventually("the record says that the standby confirms") {
        (try? await stage.controlPlane.lease())?.record?.required == 2
      }
      try await archives(first, stage)
      // The store takes nothing for a while.
      let held = path + ".held"
      try FileManager.default.moveItem(atPath: path, toPath: held)
      try Data().write(to: URL(fileURLWithPath: path))
      var last: UInt64 = 0
      for number in 1...3 {
        _ = try await first.query("CREATE TABLE public.t\(number) AS SELECT 1 AS n")
        let name = try #require(try await first.value("SELECT pg_walfile_name(pg_switch_wal())"))
        last = try #require(WALSegment(fileName: name)).number
      }
      try first.killPostgres()
      try await second.becomes("SELECT pg_is_in_recovery()", "f")
      try FileManager.default.removeItem(atPath: path)
      try FileManager.default.moveItem(atPath: held, toPath: path)
      _ = try await second.query("SELECT pg_switch_wal(), txid_current()")
      let end = ContinuousClock.now + .seconds(40)
      var missing = Set(1...last)
      while !missing.isEmpty {
        // Of the last one there is as much as the standby got.
        let segments = files(path).compactMap { WALFileName($0)?.segmentName }.compactMap { WALSegment(fileName: $0) }
          .filter { $0.timeline == TimelineID(1) }
        missing = Set(1...last).subtracting(segments.map(\.number))
        let marks = try FileManager.default.contentsOfDirectory(
          atPath: "\(second.environment.paths.data)/pg_wal/archive_status")
        try #require(
          ContinuousClock.now < end,
          "no gap up to \(last): missing \(missing), archived \(files(path)), marks \(marks.sorted())")
        try await Task.sleep(for: .milliseconds(50))
      }
    }
  }

  @Test(
    "a standby takes from the archive what its primary has removed, and is not copied anew",
    arguments: Sandbox.binaries)
  func standbyFetches(binaries: String) async throws {
    let path = try Self.directory()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let edit = MergePatch.apply(
      [
        "spec": [
          "replicationSlots": ["highAvailability": ["enabled": false]],
          "bootstrap": ["initdb": ["walSegmentSize": 1]],
          "postgresql": ["parameters": ["wal_keep_size": "0", "max_wal_size": "2MB", "min_wal_size": "2MB"]],
        ]
      ], to: Self.archiving(path, wal: ["compression": "zstd", "maxParallel": 4]))
    try await Stage.with(binaries, edit) { stage, first in
      var second = try stage.instance("pg-2")
      try await second.becomes("SELECT status FROM pg_stat_wal_receiver", "streaming")
      try await archives(first, stage)
      try await second.stop()
      _ = try await first.query("CREATE TABLE public.missed AS SELECT 1 AS n")
      for _ in 1...8 { _ = try await first.query("SELECT pg_switch_wal(), txid_current()") }
      let last = try #require(try await first.value("SELECT pg_walfile_name(pg_switch_wal())"))
      try await first.eventually("all of it is archived") {
        try await first.value("SELECT last_archived_wal >= '\(last)' FROM pg_stat_archiver") == "t"
      }
      _ = try await first.query("CHECKPOINT")
      _ = try await first.query("CHECKPOINT")
      second = try stage.instance("pg-2")
      try await second.eventually("it takes its log from the archive") {
        second.logText.contains("taking write-ahead log from the archive")
      }
      try await second.becomes("SELECT status FROM pg_stat_wal_receiver", "streaming")
      try await second.becomes("SELECT count(*) FROM public.missed", "1")
      #expect(!stage.controlPlane.events.contains { $0.hasPrefix("CannotCatchUp") })
      try await second.becomes("SELECT current_setting('restore_command')", "")
    }
  }

  /// A cluster with two tables, a backup between them, and everything archived.
  ///
  /// - Returns: the position between the second table and the third.
  func makeSource(
    _ binaries: String, _ path: String, data: JSON, wal: JSON = ["compression": "lz4", "maxParallel": 4]
  ) async throws -> String {
    var between = ""
    let edit = MergePatch.apply(
      ["spec": ["minSyncReplicas": 1, "maxSyncReplicas": 1]],
      to: Self.archiving(path, wal: wal, data: data))
    try await Stage.with(binaries, edit) { stage, first in
      let second = try stage.instance("pg-2")
      let operatorIdentity = try stage.controlPlane.putOperator()
      try await first.eventually("the record says that the standby confirms") {
        (try? await stage.controlPlane.lease())?.record?.required == 2
      }
      _ = try await first.query("CREATE TABLE public.before AS SELECT generate_series(1, 10000) AS n")
      try await archives(first, stage)
      try stage.controlPlane.put(
        Backup.named("nightly", in: "db") {
          $0.metadata.annotations = ["matriarch.io/verify": "enabled"]
          $0.spec.cluster.name = "pg"
          $0.status = .with { $0.phase = "started" }
        })
      #expect(try await second.order("nightly", as: operatorIdentity) == "202")
      try await second.eventually("the backup is completed") {
        let backup = try await stage.controlPlane.backup("nightly")
        #expect(backup?.status?.phase != "failed", "\(backup?.status?.error ?? "")")
        return backup?.status?.phase == "completed"
      }
      let status = try #require(try await stage.controlPlane.backup("nightly")?.status)
      #expect(status.beginWal != nil && status.endWal != nil && status.stoppedAt != nil)
      #expect(condition(stage, "LastBackupSucceeded")?.status == "True")
      try await second.eventually("the backup was restored and is whole") {
        let verification = try await stage.controlPlane.backup("nightly")?.status?.verification
        #expect(verification?.phase != "failed", "\(verification?.error ?? "")")
        return verification?.phase == "passed" && (verification?.checks?.count ?? 0) >= 4
      }
      try await first.eventually("it is the first point of recoverability") {
        stage.controlPlane.cluster?.status?.firstRecoverabilityPoint == status.stoppedAt
      }
      #expect(files(path).contains { $0.contains(".backup") })
      _ = try await first.query("CREATE TABLE public.after AS SELECT generate_series(1, 77) AS n")
      between = try #require(try await first.value("SELECT pg_current_wal_insert_lsn()"))
      _ = try await first.query("CREATE TABLE public.late AS SELECT 1 AS n")
      let last = try #require(try await first.value("SELECT pg_walfile_name(pg_switch_wal())"))
      try await first.eventually("the last of it is archived") { files(path).contains { $0.hasPrefix(last) } }
    }
    return between
  }

  private func restoring(_ path: String, target: JSON = [:]) -> JSON {
    [
      "spec": [
        "bootstrap": ["initdb": .null, "recovery": ["source": "origin", "recoveryTarget": target]],
        "externalClusters": [
          ["name": "origin", "barmanObjectStore": Self.place(path, server: "pg", wal: ["maxParallel": 8])]
        ],
      ]
    ]
  }

  @Test(
    "a cluster is restored from a standby's backup: all there is, and up to a position", arguments: Sandbox.binaries)
  func restore(binaries: String) async throws {
    let path = try Self.directory()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let between = try await makeSource(binaries, path, data: ["compression": "gzip", "immediateCheckpoint": true])
    try await Stage.with(binaries, restoring(path)) { stage, first in
      try await first.leads(stage)
      #expect(try await first.value("SELECT count(*) FROM public.before") == "10000")
      #expect(try await first.value("SELECT count(*) FROM public.after") == "77")
      #expect(try await first.value("SELECT count(*) FROM public.late") == "1")
      // A timeline of its own, and a standby follows on it.
      #expect(try await first.value("SELECT timeline_id > 1 FROM pg_control_checkpoint()") == "t")
      let second = try stage.instance("pg-2")
      try await second.becomes("SELECT count(*) FROM public.after", "77")
    }
    try await Stage.with(binaries, restoring(path, target: ["targetLSN": .string(between)])) { stage, first in
      try await first.leads(stage)
      #expect(try await first.value("SELECT count(*) FROM public.after") == "77")
      #expect(try await first.value("SELECT to_regclass('public.late') IS NULL") == "t")
    }
  }

  @Test("what cannot be reached is refused before anything is copied", arguments: Sandbox.binaries.prefix(1))
  func unreachable(binaries: String) async throws {
    let path = try Self.directory()
    defer { try? FileManager.default.removeItem(atPath: path) }
    _ = try await makeSource(binaries, path, data: [:])
    for (target, reason) in [
      (["targetLSN": "0/1000028"] as JSON, "lies before the end of the first backup"),
      (["targetLSN": "FF/1000028"], "lies beyond the archive"),
      (["targetTime": "2001-01-01T00:00:00Z"], "lies before the end of the first backup"),
      (["backupID": "20010101T000000"], "no backup found with ID 20010101T000000"),
    ] {
      try await Stage.with(binaries, restoring(path, target: target)) { stage, first in
        try await first.eventually("it is refused: \(reason)") {
          condition(stage, "Initialized")?.message.contains(reason) ?? false
        }
        #expect(!FileManager.default.fileExists(atPath: first.environment.paths.data))
      }
    }
  }
}

extension FakeControlPlane {
  /// An operator that the instances know, and the files of its certificate.
  fileprivate func putOperator() throws -> (certificate: String, key: String) {
    let authority = try CertificateAuthority(create: "operator", validity: .seconds(86_400))
    let identity = try authority.issue(LeafRequest(commonName: "operator", usage: .client, validity: .seconds(86_400)))
    let fingerprint = try CertificateDetails(pem: identity.certificatePEM).publicKeySHA256
    try edit(["status": ["operatorCertificateFingerprint": .string(fingerprint)]])
    let base = "/tmp/mi-operator-\(UUID().uuidString.prefix(6))"
    try identity.certificatePEM.write(toFile: base + ".crt", atomically: true, encoding: .utf8)
    try identity.privateKeyPEM.write(toFile: base + ".key", atomically: true, encoding: .utf8)
    return (base + ".crt", base + ".key")
  }
}

extension TestInstance {
  /// Orders a backup as the operator does. Returns the status code of the answer.
  fileprivate func order(_ name: String, as identity: (certificate: String, key: String)) async throws -> String {
    let output = try await Tool.run(
      "/usr/bin/curl",
      [
        "-sk", "-m", "10", "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST", "--cert", identity.certificate,
        "--key",
        identity.key, "https://\(environment.address):8000/pg/backup?name=\(name)",
      ], deadline: .seconds(15))
    return output.text
  }
}
