import Backup
import Foundation
import Kubernetes
import Logging
import PostgreSQL
import Processes
import Synchronization
import Testing

@testable import Instance

/// What a cluster holds that was restored to a target is exactly what was committed up to it, wherever that lies: under load,
/// before and after a failover, with small and large segments.
@Suite(.enabled(if: Sandbox.isInside), .serialized) struct RecoveryTargetTests {
  /// A moment, and the rows that were committed at it.
  private struct Moment {
    var content: String
    var position: String
    var time: String
    /// Between `begin` and `end` of the one who looked nothing else was committed.
    var transaction: String?
    var name: String?
    /// Without the row that ``transaction`` wrote.
    var before: String?
  }

  private static let content =
    "SELECT count(*) || ' ' || coalesce(md5(string_agg(writer || ':' || n, ',' ORDER BY writer, n)), '') FROM public.t"

  /// Keeps writing until told to end; each row is a transaction.
  private func write(_ writer: Int, _ primary: @escaping @Sendable () -> TestInstance, until end: Flag) async {
    var n = 0
    while !end.isSet {
      do {
        let instance = primary()
        try await Connection.with(instance.environment.localParameters(), logger: Logger(label: "writer")) {
          while !end.isSet {
            n += 1
            try await $0.query(
              "INSERT INTO public.t SELECT \(writer), \(n), clock_timestamp(), pg_current_wal_insert_lsn(), repeat('x', 500)",
              deadline: .seconds(5))
          }
        }
      } catch { try? await Task.sleep(for: .milliseconds(20)) }
    }
  }

  private final class Flag: Sendable {
    private let value = Mutex(false)
    var isSet: Bool { value.withLock { $0 } }
    func set() { value.withLock { $0 = true } }
  }

  /// Looks while nobody can commit: who has written holds the table's lock until his commit is in the log.
  private func look(_ instance: TestInstance, name: String? = nil, writes: Bool = false) async throws -> Moment {
    try await Connection.with(instance.environment.localParameters(), logger: Logger(label: "test")) { connection in
      _ = try await connection.execute("BEGIN; LOCK TABLE public.t IN EXCLUSIVE MODE")
      func value(_ statement: String) async throws -> String {
        try await connection.query(statement).scalar(as: String.self)
      }
      let before = try await value(Self.content)
      if writes {
        _ = try await connection.query("INSERT INTO public.t VALUES (0, 1, now(), pg_current_wal_insert_lsn())")
      }
      if let name { _ = try await connection.query("SELECT pg_create_restore_point('\(name)')") }
      var moment = Moment(
        content: try await value(Self.content), position: try await value("SELECT pg_current_wal_insert_lsn()::text"),
        time: try await value(
          "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"),
        name: name, before: before)
      if writes { moment.transaction = try await value("SELECT pg_current_xact_id()::text") }
      _ = try await connection.execute("COMMIT")
      return moment
    }
  }

  private struct Source {
    var moments: [Moment] = []
    var point: Moment
    var transaction: Moment
    /// Rows before the backup began, and after it had ended.
    var backup: (before: Int, after: Int)
  }

  private func makeSource(_ binaries: String, _ depot: Depot, segmentSize: Int64) async throws -> Source {
    var source: Source?
    let edit = MergePatch.apply(
      ["spec": ["minSyncReplicas": 1, "maxSyncReplicas": 1]],
      to: depot.archiving(
        wal: ["compression": "lz4", "maxParallel": 4], data: ["compression": "lz4"], segmentSize: segmentSize))
    try await Stage.with(binaries, edit) { stage, first in
      let second = try stage.instance("pg-2")
      try await first.eventually("the record says that the standby confirms") {
        (try? await stage.controlPlane.lease())?.record?.required == 2
      }
      try await stage.archives(first)
      _ = try await first.query(
        "CREATE TABLE public.t (writer int, n int, at timestamptz, lsn pg_lsn, filler text, PRIMARY KEY (writer, n))")
      let end = Flag()
      let hasFailedOver = Flag()
      source = try await withThrowingTaskGroup(of: Void.self) { group in
        defer { end.set() }
        for writer in 1...3 {
          group.addTask { await write(writer, { hasFailedOver.isSet ? second : first }, until: end) }
        }
        func rows(_ instance: TestInstance) async throws -> Int {
          Int(try await instance.value("SELECT count(*) FROM public.t") ?? "") ?? 0
        }
        func more(_ instance: TestInstance) async throws {
          let now = try await rows(instance)
          try await instance.eventually("rows are written") { try await rows(instance) > now + 20 }
        }
        try await more(first)
        let before = try await rows(first)
        _ = try await stage.backUp(second)
        var made = Source(
          point: try await look(first, name: "point"), transaction: try await look(first, writes: true),
          backup: (before, try await rows(first)))
        for instance in [first, second] {
          for step in 0..<3 {
            try await more(instance)
            made.moments.append(try await look(instance))
            if step == 1 { _ = try await instance.query("CHECKPOINT") } else { try await instance.switchSegments() }
          }
          guard instance === first else { break }
          try await more(first)
          try first.killPostgres()
          try await second.becomes("SELECT pg_is_in_recovery()", "f")
          hasFailedOver.set()
        }
        try await more(second)
        let last = try await second.switchSegments()
        try await second.hasArchived(last)
        return made
      }
    }
    return try #require(source)
  }

  @Test(
    "the restored content is what was committed up to the target",
    arguments: zip(
      [Sandbox.binaries.first ?? "", Sandbox.binaries.last ?? ""], [1, 64] as [Int64]))
  func targets(binaries: String, segmentSize: Int64) async throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var generator = SeededGenerator(seed: seed)
    print("recovery targets: seed \(seed)")
    try await Depot.with { depot in
      let source = try await makeSource(binaries, depot, segmentSize: segmentSize)
      func restore(_ target: JSON, _ check: (TestInstance) async throws -> Void) async throws {
        try await Stage.with(binaries, depot.restoring(target: target)) { stage, first in
          try await first.leads(stage)
          try await check(first)
        }
      }
      func expect(_ content: String, _ target: JSON) async throws {
        try await restore(target) { instance in
          let found = try await instance.value(Self.content)
          #expect(found == content, "\(target), seed \(seed)")
        }
      }
      // One before the failover and one after it, and which of them by its time.
      let moments = [source.moments.prefix(3), source.moments.suffix(3)].compactMap {
        $0.randomElement(using: &generator)
      }
      let byTime = Int.random(in: 0...1, using: &generator)
      for (index, moment) in moments.enumerated() {
        try await expect(
          moment.content,
          index == byTime ? ["targetTime": .string(moment.time)] : ["targetLSN": .string(moment.position)])
      }
      try await expect(source.point.content, ["targetName": "point"])
      let transaction = source.transaction.transaction ?? ""
      let isExclusive = Bool.random(using: &generator)
      try await expect(
        isExclusive ? source.transaction.before ?? "" : source.transaction.content,
        ["targetXID": .string(transaction), "exclusive": .bool(isExclusive)])
      try await restore(["targetImmediate": true]) { instance in
        let rows = Int(try await instance.value("SELECT count(*) FROM public.t") ?? "") ?? 0
        #expect((source.backup.before...source.backup.after).contains(rows))
        // Of each writer all there is up to some row.
        #expect(
          try await instance.value(
            "SELECT bool_and(all_n = last_n) FROM (SELECT count(*) AS all_n, max(n) AS last_n FROM public.t GROUP BY writer) AS w"
          ) == "t")
      }
    }
  }

  @Test("what replay kept to of the source is gone before anybody is let in", arguments: Sandbox.binaries)
  func settingsOfTheSource(binaries: String) async throws {
    try await Depot.with { depot in
      let larger: JSON = ["spec": ["postgresql": ["parameters": ["max_connections": "150"]]]]
      try await Stage.with(binaries, MergePatch.apply(larger, to: depot.archiving())) { stage, first in
        try await stage.archives(first)
        _ = try await stage.backUp(first)
        try await first.hasArchived(try await first.switchSegments())
      }
      try await Stage.with(binaries, depot.restoring()) { stage, first in
        try await first.eventually("clients are let in") {
          (try? await first.login(password: "secret", database: "postgres")) == "app"
        }
        let postmaster = try first.postmaster
        #expect(try await first.value("SHOW max_connections") == "100")
        #expect(try await first.value("SELECT count(*) FROM pg_settings WHERE pending_restart") == "0")
        try await first.becomes("SELECT count(*) FROM pg_settings WHERE pending_restart", "0")
        #expect(!first.logText.contains("restarting in place"))
        #expect(try first.postmaster == postmaster)
      }
    }
  }
}

/// The same numbers for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    return bits ^ (bits >> 31)
  }
}
