import Foundation
import Glibc
import Kubernetes
import Testing

@testable import Failover
@testable import Instance

/// Ways to lose a primary in which it does not simply end.
@Suite(.enabled(if: Sandbox.isInside), .serialized) struct PrimaryLossTests {
  private let synchronous: JSON = ["spec": ["minSyncReplicas": 1, "maxSyncReplicas": 1]]

  /// Two instances, and a commit that both have.
  private func pair(_ stage: Stage, _ first: TestInstance) async throws -> TestInstance {
    let second = try stage.instance("pg-2")
    try await first.eventually("the record says that the standby confirms") {
      (try? await stage.controlPlane.lease())?.record?.required == 2
    }
    _ = try await first.query("CREATE TABLE public.kept AS SELECT 1 AS n")
    return second
  }

  private func takesOver(_ second: TestInstance, _ first: TestInstance, _ stage: Stage) async throws {
    try await second.becomes("SELECT pg_is_in_recovery()", "f")
    #expect(try await second.value("SELECT count(*) FROM public.kept") == "1")
    try await second.eventually("it says that it is the primary") {
      stage.controlPlane.cluster?.status?.currentPrimary == "pg-2"
    }
    try await first.becomes("SELECT status FROM pg_stat_wal_receiver", "streaming")
  }

  @Test("the postmaster hangs while its sessions go on answering", arguments: Sandbox.binaries.suffix(1))
  func hungPostmaster(binaries: String) async throws {
    try await Stage.with(binaries, synchronous) { stage, first in
      let second = try await pair(stage, first)
      kill(try first.postmaster, SIGSTOP)
      try await takesOver(second, first, stage)
    }
  }

  @Test("all of postgres hangs while its instance manager lives", arguments: Sandbox.binaries.prefix(1))
  func hungPostgres(binaries: String) async throws {
    try await Stage.with(binaries, synchronous) { stage, first in
      let second = try await pair(stage, first)
      for process in DataLock(data: first.environment.paths.data).otherHolders() { kill(process, SIGSTOP) }
      try await takesOver(second, first, stage)
    }
  }

  @Test("its successor's promotion is broken off, and ends on the same timeline after all", arguments: Sandbox.binaries)
  func brokenPromotion(binaries: String) async throws {
    try await Stage.with(binaries, synchronous) { stage, first in
      let second = try await pair(stage, first)
      let data = second.environment.paths.data
      let lease = try await stage.controlPlane.lease()
      let record = try #require(lease.record)
      let member = try #require(record.members.first { $0.name == "pg-2" })
      let position = try #require(try await second.value("SELECT pg_last_wal_replay_lsn()"))
      // Both are down; the Lease is the second's, which got as far as the history of its timeline.
      try await first.stop()
      try await second.stop()
      try leaveHistory(of: "00000002", at: position, in: data)
      let version = try await stage.controlPlane.lease().version
      _ = try await stage.controlPlane.writeLease(record.taken(by: member), over: version)
      let again = try stage.instance("pg-2")
      let former = try stage.instance("pg-1")
      try await takesOver(again, former, stage)
      #expect(try await again.value("SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)") == "00000002")
    }
  }

  @Test(
    "who took over and died at once follows the next, whatever is left of its promotion", arguments: Sandbox.binaries)
  func historyOfNobody(binaries: String) async throws {
    try await Stage.with(binaries, synchronous) { stage, first in
      let second = try await pair(stage, first)
      let record = try #require(try await stage.controlPlane.lease().record)
      let members = record.members.sorted()
      let position = try #require(try await second.value("SELECT pg_last_wal_replay_lsn()"))
      try await first.stop()
      try await second.stop()
      try leaveHistory(of: "00000002", at: position, in: second.environment.paths.data)
      // The second had the Lease, and then the first has it again, on the timeline after that one.
      let version = try await stage.controlPlane.lease().version
      _ = try await stage.controlPlane.writeLease(record.taken(by: members[1]).taken(by: members[0]), over: version)
      let next = try stage.instance("pg-1")
      let former = try stage.instance("pg-2")
      try await next.becomes("SELECT pg_is_in_recovery()", "f")
      #expect(try await next.value("SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)") == "00000003")
      try await former.becomes("SELECT status FROM pg_stat_wal_receiver", "streaming")
    }
  }

  /// What there is of a timeline when its promotion is broken off early.
  private func leaveHistory(of timeline: String, at position: String, in data: String) throws {
    try "1\t\(position)\tno recovery target specified\n".write(
      toFile: "\(data)/pg_wal/\(timeline).history", atomically: false, encoding: .utf8)
    try "".write(
      toFile: "\(data)/pg_wal/archive_status/\(timeline).history.ready", atomically: false, encoding: .utf8)
  }

  @Test("its postmaster is killed while it shuts down to hand over: then it goes on", arguments: Sandbox.binaries)
  func brokenHandover(binaries: String) async throws {
    try await Stage.with(binaries, synchronous) { stage, first in
      let second = try await pair(stage, first)
      // The shutdown record is not written before this has ended.
      let sender = try #require(try await first.value("SELECT pid FROM pg_stat_replication").flatMap { pid_t($0) })
      kill(sender, SIGSTOP)
      let postmaster = try first.postmaster
      try stage.controlPlane.edit(["status": ["targetPrimary": "pg-2"]])
      try await first.eventually("it shuts down") { first.logText.contains("received fast shutdown request") }
      kill(postmaster, SIGKILL)
      try await first.eventually("it is said that nobody takes over") {
        stage.controlPlane.events.contains { $0.hasPrefix("SwitchoverRefused: Instance pg-1 ") }
      }
      try await first.becomes("SELECT count(*) FROM public.kept WHERE NOT pg_is_in_recovery()", "1")
      try await second.becomes("SELECT status FROM pg_stat_wal_receiver", "streaming")
    }
  }

  @Test("its volume is full, and a standby's is not", arguments: Sandbox.binaries.suffix(1))
  func fullVolume(binaries: String) async throws {
    let root = "\(Sandbox.smallVolume)/pg-1"
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: root) }
    let stage = try Stage(binaries, synchronous)
    defer { try? FileManager.default.removeItem(atPath: stage.directory) }
    try FileManager.default.createDirectory(atPath: stage.directory, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: "\(stage.directory)/pg-1", withDestinationPath: root)
    let first = try stage.instance("pg-1")
    let second = try await pair(stage, first)
    let filler = "\(Sandbox.smallVolume)/filler"
    #expect(FileManager.default.createFile(atPath: filler, contents: nil))
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: filler))
    while (try? file.write(contentsOf: Data(count: 1 << 20))) != nil {}
    try file.close()
    try await second.becomes("SELECT pg_is_in_recovery()", "f")
    #expect(try await second.value("SELECT count(*) FROM public.kept") == "1")
    try FileManager.default.removeItem(atPath: filler)
    // It may have ended for want of room.
    try? await first.stop()
    try await second.stop()
  }
}
