import Backup
import Foundation
import Kubernetes
import ObjectStorage
import PostgreSQL
import Processes
import Synchronization
import Testing

@testable import Instance

/// Faults while write-ahead log is archived and backups are made: nothing is ever called safe that is not.
@Suite(.enabled(if: Sandbox.isInside), .serialized) struct ArchiveFaultTests {
  /// Nobody could take over, so that nothing is handed over.
  private static let alone: JSON = ["status": ["instanceNames": ["pg-1"]]]

  @Test(
    "a store that fails for a while: nothing counts as archived that is not there, and all of it is there soon after",
    arguments: Sandbox.binaries)
  func briefFaults(binaries: String) async throws {
    try await FaultyStore.with { store in
      let depot = Depot(store)
      try await Stage.with(binaries, depot.archiving(wal: ["compression": "gzip", "maxParallel": 2])) { stage, first in
        try stage.putKeys()
        try await stage.archives(first)
        for fault in [FaultyStore.Fault.status(500), .status(503), .status(429), .half, .reset] {
          store.fail { _ in fault }
          let last = try await first.switchSegments(3)
          try await first.eventually("the store is asked in vain: \(fault)") { store.failures >= 3 }
          try await depot.expectHonest(first)
          store.heal()
          try await first.hasArchived(last)
          try await depot.expectHonest(first)
        }
        #expect(stage.condition("ContinuousArchiving")?.status == "True")
      }
    }
  }

  @Test("a store that does not answer is said to fail, and to work again", arguments: Sandbox.binaries.suffix(1))
  func lastingFault(binaries: String) async throws {
    try await FaultyStore.with { store in
      let depot = Depot(store)
      try await Stage.with(binaries, depot.archiving()) { stage, first in
        try stage.putKeys()
        try await stage.archives(first)
        store.fail { _ in .silence }
        let last = try await first.switchSegments(3)
        try await first.eventually("the condition says so") {
          stage.condition("ContinuousArchiving")?.status == "False"
        }
        #expect(stage.condition("ContinuousArchiving")?.message.contains("cannot be archived") == true)
        #expect(stage.controlPlane.events.contains { $0.hasPrefix("ContinuousArchivingFailing: ") })
        try await depot.expectHonest(first)
        store.heal()
        try await first.hasArchived(last)
        try await stage.archives(first)
        try await depot.expectHonest(first)
      }
    }
  }

  @Test(
    "postgres ends as soon with a store that hangs as with one that answers, and nothing is lost by that",
    arguments: Sandbox.binaries)
  func shutdown(binaries: String) async throws {
    try await FaultyStore.with { store in
      let depot = Depot(store)
      let edit = MergePatch.apply(Self.alone, to: depot.archiving())
      try await Stage.with(binaries, edit) { stage, first in
        try stage.putKeys()
        try await stage.archives(first)
        let clock = ContinuousClock()
        let healthy = try await clock.measure { try await first.stop() }
        let second = try stage.instance("pg-1")
        try await second.becomes("SELECT pg_is_in_recovery()", "f")
        store.fail { _ in .silence }
        let last = try await second.switchSegments(3)
        try await second.eventually("the store hangs") { store.failures > 0 }
        let (helper, socket) = (second.environment.paths.archiveHelper, second.environment.paths.helperSocket)
        let begin = clock.now
        async let answer = (
          Tool.run(helper, ["archive", socket, "pg_wal/\(last)"], deadline: .seconds(20)).status, clock.now - begin
        )
        let hanging = try await clock.measure { try await second.stop() }
        let (status, waited) = try await answer
        print("stop: \(healthy) with a store that answers, \(hanging) with one that hangs; answer after \(waited)")
        #expect(status == .signaled(SIGTERM), "postgres is told to stop asking")
        #expect(waited < .milliseconds(300))
        #expect(hanging < healthy + .seconds(1))
        store.heal()
        let third = try stage.instance("pg-1")
        try await third.becomes("SELECT pg_is_in_recovery()", "f")
        try await third.hasArchived(last)
        try await depot.expectHonest(third)
      }
    }
  }

  @Test("postgres is killed while its log is archived", arguments: Sandbox.binaries)
  func killedWhileArchiving(binaries: String) async throws {
    try await FaultyStore.with { store in
      let depot = Depot(store)
      let edit = MergePatch.apply(Self.alone, to: depot.archiving())
      try await Stage.with(binaries, edit) { stage, first in
        try stage.putKeys()
        try await stage.archives(first)
        store.fail { $0.method == "PUT" ? .silence : nil }
        let last = try await first.switchSegments(3)
        try await first.eventually("files are on their way") { store.failures > 0 }
        try first.killPostgres()
        try await first.becomes("SELECT pg_is_in_recovery()", "f")
        try await depot.expectHonest(first)
        store.heal()
        try await first.hasArchived(last)
        try await depot.expectHonest(first)
      }
    }
  }

  // MARK: Backups

  /// A backup was given up: in its object, in its `backup.info`, and nothing else is left of it.
  private func expectFailed(_ depot: Depot, _ reason: String) async throws {
    let catalogue = try depot.catalogue
    let content = try await catalogue.content()
    let info = try #require(content.backups.last)
    #expect(info.status == .failed && content.orphans.isEmpty)
    #expect(info.error?.contains(reason) == true, "\(info.error ?? "")")
    #expect(try await depot.objects(of: info.id) == ["backup.info"])
    #expect(throws: RestoreRefusal.noBackup(unreadable: [])) {
      try RestorePlan(RestoreTarget(), from: ArchiveSurvey(backups: content.backups, files: []))
    }
  }

  /// The files of a backup that begins now do not arrive.
  private func hold(_ store: FaultyStore) {
    store.fail { $0.key.contains("/data.tar") && $0.method != "GET" ? .silence : nil }
  }

  @Test("a store that fails now and then: the backup is whole nevertheless", arguments: Sandbox.binaries.prefix(1))
  func backupWithFaults(binaries: String) async throws {
    try await FaultyStore.with { store in
      let depot = Depot(store)
      try await Stage.with(binaries, depot.archiving(data: ["compression": "gzip"])) { stage, first in
        try stage.putKeys()
        try await stage.archives(first)
        _ = try await first.query("CREATE TABLE public.t AS SELECT generate_series(1, 1000) AS n")
        // Each third request fails, each time otherwise.
        let number = Mutex(0)
        store.fail { _ in
          let count = number.withLock { number in
            number += 1
            return number
          }
          let faults: [FaultyStore.Fault] = [.status(500), .reset, .half, .status(503), .status(429)]
          return count % 3 == 0 ? faults[count / 3 % faults.count] : nil
        }
        _ = try await stage.backUp(first)
        store.heal()
      }
      try await Stage.with(binaries, depot.restoring()) { stage, first in
        try stage.putKeys()
        try await first.leads(stage)
        #expect(try await first.value("SELECT sum(n) FROM public.t") == "500500")
      }
    }
  }

  @Test("postgres is killed during a backup", arguments: Sandbox.binaries)
  func killedDuringBackup(binaries: String) async throws {
    try await FaultyStore.with { store in
      let depot = Depot(store)
      try await Stage.with(binaries, MergePatch.apply(Self.alone, to: depot.archiving())) { stage, first in
        try stage.putKeys()
        try await stage.archives(first)
        hold(store)
        try await stage.order("nightly", of: first)
        try await first.eventually("files are on their way") { store.failures > 0 }
        let begun = try await depot.catalogue.content()
        #expect(begun.backups.map(\.status) == [.started], "should everything end here, this is no backup either")
        try first.killPostgres()
        try await first.becomes("SELECT pg_is_in_recovery()", "f")
        store.heal()
        let status = try await stage.ending(of: "nightly", first)
        #expect(status.phase == "failed")
        try await expectFailed(depot, "failure uploading data")
        #expect(stage.condition("LastBackupSucceeded")?.status == "False")
        _ = try await stage.backUp(first, "again")
      }
    }
  }

  @Test("the instance manager ends during a backup", arguments: Sandbox.binaries.suffix(1))
  func endedDuringBackup(binaries: String) async throws {
    try await FaultyStore.with { store in
      let depot = Depot(store)
      try await Stage.with(binaries, MergePatch.apply(Self.alone, to: depot.archiving())) { stage, first in
        try stage.putKeys()
        try await stage.archives(first)
        hold(store)
        try await stage.order("nightly", of: first)
        try await first.eventually("files are on their way") { store.failures > 0 }
        let ending = try await ContinuousClock().measure { try await first.stop() }
        print("stop: \(ending) with a backup under way and a store that hangs")
        #expect(ending < .seconds(5), "a pod that goes is given only so much time: \(first.logText.suffix(4000))")
        let second = try stage.instance("pg-1")
        try await second.becomes("SELECT pg_is_in_recovery()", "f")
        try await expectFailed(depot, "failure uploading data")
        #expect(try await stage.controlPlane.backup("nightly")?.status?.phase == "running", "the operator sees to that")
        store.heal()
        _ = try await stage.backUp(second, "again")
      }
    }
  }

  @Test("a standby is promoted during its backup", arguments: Sandbox.binaries)
  func promotedDuringBackup(binaries: String) async throws {
    try await FaultyStore.with { store in
      let depot = Depot(store)
      let edit = MergePatch.apply(["spec": ["minSyncReplicas": 1, "maxSyncReplicas": 1]], to: depot.archiving())
      try await Stage.with(binaries, edit) { stage, first in
        try stage.putKeys()
        let second = try stage.instance("pg-2")
        try await first.eventually("the record says that the standby confirms") {
          (try? await stage.controlPlane.lease())?.record?.required == 2
        }
        try await stage.archives(first)
        hold(store)
        try await stage.order("nightly", of: second)
        try await second.eventually("files are on their way") { store.failures > 0 }
        try first.killPostgres()
        try await second.becomes("SELECT pg_is_in_recovery()", "f")
        store.heal()
        let status = try await stage.ending(of: "nightly", second)
        #expect(status.phase == "failed")
        #expect(
          status.error?.contains("the standby was promoted during online backup") == true, "\(status.error ?? "")")
        try await expectFailed(depot, "the standby was promoted during online backup")
      }
    }
  }

  @Test("a damaged page: the backup names it and is not kept", arguments: Sandbox.binaries)
  func damagedPage(binaries: String) async throws {
    try await Depot.with { depot in
      try await Stage.with(binaries, depot.archiving(data: ["compression": "gzip"])) { stage, first in
        try await stage.archives(first)
        _ = try await first.query("CREATE TABLE public.t AS SELECT generate_series(1, 10000) AS n")
        _ = try await first.query("CHECKPOINT")
        let file = try #require(try await first.value("SELECT pg_relation_filepath('public.t')"))
        let handle = try #require(FileHandle(forUpdatingAtPath: "\(first.environment.paths.data)/\(file)"))
        try handle.seek(toOffset: 3 * 8192 + 5000)
        try handle.write(contentsOf: Data("what was never written".utf8))
        try handle.close()
        try await stage.order("nightly", of: first)
        let status = try await stage.ending(of: "nightly", first)
        #expect(status.phase == "failed")
        #expect(status.error?.contains("file \(file), block 3 ") == true, "\(status.error ?? "")")
        try await expectFailed(depot, "file \(file), block 3 ")
      }
    }
  }
}
