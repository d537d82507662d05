import Backup
import Foundation
import Kubernetes
import NIOCore
import ObjectStorage
import PostgreSQL
import Processes
import Synchronization
import Testing

@testable import Instance

/// Faults while a cluster is restored, and archives that are not what was stored: a clear error, never a server with wrong
/// data.
@Suite(.enabled(if: Sandbox.isInside), .serialized) struct RestoreFaultTests {
  /// A backup with one table in it, and tables of which each was made in a segment of its own.
  private struct Source {
    var backup: BackupID
    /// Of table `before`, below the data directory.
    var file: String
    /// The segment in which table `t0`, `t1`, … was made.
    var segments: [String] = []
    /// A position after each table.
    var positions: [String] = []
  }

  private func makeSource(
    _ binaries: String, _ depot: Depot, wal: JSON = ["compression": "gzip", "maxParallel": 4],
    data: JSON = ["compression": "gzip"]
  ) async throws -> Source {
    var source: Source?
    try await Stage.with(binaries, depot.archiving(wal: wal, data: data)) { stage, first in
      try await stage.archives(first)
      _ = try await first.query("CREATE TABLE public.before AS SELECT generate_series(1, 10000) AS n")
      let file = try #require(try await first.value("SELECT pg_relation_filepath('public.before')"))
      var made = Source(backup: try await stage.backUp(first), file: file)
      for number in 0..<5 {
        _ = try await first.query("CREATE TABLE public.t\(number) AS SELECT generate_series(1, 100) AS n")
        made.positions.append(try #require(try await first.value("SELECT pg_current_wal_insert_lsn()")))
        made.segments.append(try #require(try await first.value("SELECT pg_walfile_name(pg_switch_wal())")))
      }
      try await first.hasArchived(try #require(made.segments.last))
      source = made
    }
    return try #require(source)
  }

  /// The tables that a restored server has.
  private func tables(_ instance: TestInstance) async throws -> [String] {
    try await instance.query(
      "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
    ).rows.compactMap { $0["relname"] }
  }

  private static let all = ["before", "t0", "t1", "t2", "t3", "t4"]

  /// The restore is refused with these words, and no server runs.
  private func expectRefusal(
    _ binaries: String, _ depot: Depot, target: JSON = [:], _ reason: String, _ also: String? = nil
  ) async throws {
    try await Stage.with(binaries, depot.restoring(target: target)) { stage, first in
      func said() -> String { stage.condition("Initialized")?.message ?? "" }
      do {
        try await first.eventually("it is refused: \(reason)") {
          said().contains(reason) && said().contains(also ?? reason)
        }
      } catch {
        Issue.record("it was said instead: \(said())")
        throw error
      }
      #expect(stage.controlPlane.cluster?.status?.currentPrimary == nil)
      #expect((try? await first.value("SELECT 1 WHERE NOT pg_is_in_recovery()")) == nil, "nobody could use it")
    }
  }

  private func expectRestored(
    _ binaries: String, _ depot: Depot, target: JSON = [:], _ expected: [String] = all
  ) async throws {
    try await Stage.with(binaries, depot.restoring(target: target)) { stage, first in
      try await first.leads(stage)
      #expect(try await tables(first) == expected)
    }
  }

  // MARK: Faults of the moment

  @Test("a store that fails now and then", arguments: Sandbox.binaries)
  func faultyStore(binaries: String) async throws {
    try await FaultyStore.with { store in
      _ = try await makeSource(binaries, Depot(directory: store.path))
      let number = Mutex(0)
      let faults: [FaultyStore.Fault] = [.half, .status(500), .reset, .half, .status(503), .half, .status(429)]
      store.fail { _ in
        let count = number.withLock { number in
          number += 1
          return number
        }
        return count.isMultiple(of: 3) ? faults[count / 3 % faults.count] : nil
      }
      try await Stage.with(binaries, Depot(store).restoring()) { stage, first in
        try stage.putKeys()
        try await first.leads(stage)
        #expect(try await tables(first) == Self.all)
        #expect(store.failures > 5)
      }
    }
  }

  @Test("the instance manager ends while files are unpacked, and starts over", arguments: Sandbox.binaries.prefix(1))
  func endedWhileUnpacking(binaries: String) async throws {
    try await FaultyStore.with { store in
      _ = try await makeSource(binaries, Depot(directory: store.path), data: [:])
      // Half of the files arrive.
      let isFirst = Mutex(true)
      store.fail { request in
        guard request.method == "GET", request.key.hasSuffix("/data.tar") else { return nil }
        return isFirst.withLock { isFirst in
          defer { isFirst = false }
          return isFirst ? .half : .silence
        }
      }
      try await Stage.with(binaries, Depot(store).restoring()) { stage, first in
        try stage.putKeys()
        try await first.eventually("half of the files are there") { store.failures > 1 }
        let data = first.environment.paths.data
        #expect(FileManager.default.fileExists(atPath: "\(data)/base"))
        #expect(FileManager.default.fileExists(atPath: "\(data).incomplete"))
        // What a restore did not make must not survive it.
        try Data().write(to: URL(fileURLWithPath: "\(data)/base/leftover"))
        let second = try await stage.replace(first)
        store.heal()
        try await second.leads(stage)
        #expect(try await tables(second) == Self.all)
        #expect(!FileManager.default.fileExists(atPath: "\(data)/base/leftover"))
        #expect(!FileManager.default.fileExists(atPath: "\(data).incomplete"))
      }
    }
  }

  @Test(
    "postgres is killed, then the instance manager ends, while log is replayed: both start over",
    arguments: Sandbox.binaries)
  func killedWhileReplaying(binaries: String) async throws {
    try await FaultyStore.with { store in
      let source = try await makeSource(binaries, Depot(directory: store.path))
      let held = source.segments[3]
      store.fail { $0.key.contains(held) ? .silence : nil }
      try await Stage.with(binaries, Depot(store).restoring()) { stage, first in
        try stage.putKeys()
        func waits(_ instance: TestInstance) async throws {
          try await instance.eventually("replay waits for \(held)") {
            guard store.failures > 0 else { return false }
            // PostgreSQL reads ahead (recovery_prefetch): what the segment before it says may not be replayed yet.
            return (try? await instance.value("SELECT to_regclass('public.t1') IS NOT NULL")) == "t"
          }
        }
        try await waits(first)
        try first.killPostgres()
        try await first.eventually("that is said") {
          stage.condition("Initialized")?.message.contains("Recovery ended") ?? false
        }
        store.fail { $0.key.contains(held) ? .silence : nil }
        try await waits(first)
        #expect(stage.controlPlane.cluster?.status?.currentPrimary == nil)
        let second = try await stage.replace(first)
        store.heal()
        try await second.leads(stage)
        #expect(try await tables(second) == Self.all)
      }
    }
  }

  // MARK: What is missing

  @Test("a segment is missing", arguments: Sandbox.binaries)
  func missingSegment(binaries: String) async throws {
    try await Depot.with { depot in
      let source = try await makeSource(binaries, depot)
      let needed = try #require(try await depot.catalogue.info(source.backup)?.beginSegment?.fileName)
      let file = try depot.file(needed + ".gz")
      try await depot.withCopy { depot in
        let (name, file) = (needed, try depot.file(needed + ".gz"))
        try FileManager.default.moveItem(atPath: file, toPath: "\(depot.path)/held")
        try await Stage.with(binaries, depot.restoring()) { stage, first in
          try await first.eventually("the plan refuses a backup without its log") {
            stage.condition("Initialized")?.message.contains("\(name) is missing from the archive") ?? false
          }
          #expect(!FileManager.default.fileExists(atPath: first.environment.paths.data), "nothing was copied")
          // It appears after all.
          try FileManager.default.moveItem(atPath: "\(depot.path)/held", toPath: file)
          try await first.leads(stage)
          #expect(try await tables(first) == Self.all)
        }
      }
      #expect(FileManager.default.fileExists(atPath: file))
      try FileManager.default.removeItem(atPath: try depot.file(source.segments[2] + ".gz"))
      try await expectRefusal(
        binaries, depot, target: ["targetLSN": .string(source.positions[3])], "lies beyond the archive",
        "\(source.segments[2]) is missing")
      try await expectRestored(
        binaries, depot, target: ["targetLSN": .string(source.positions[1])], ["before", "t0", "t1"])
      try await expectRestored(binaries, depot, ["before", "t0", "t1"])
    }
  }

  // MARK: What is damaged

  /// Flips one bit in the middle of an object.
  private func flip(_ file: String, at share: Double = 0.5) throws {
    var data = try Data(contentsOf: URL(fileURLWithPath: file))
    data[data.startIndex + Int(Double(data.count) * share)] ^= 0x10
    try data.write(to: URL(fileURLWithPath: file))
  }

  @Test("a bit is flipped in what is compressed", arguments: Sandbox.binaries.prefix(1))
  func flippedBits(binaries: String) async throws {
    try await Depot.with { depot in
      let source = try await makeSource(binaries, depot)
      try await depot.withCopy { depot in
        try flip(try depot.file("data.tar.gz"))
        try await expectRefusal(
          binaries, depot, "Object pg/base/\(source.backup)/data.tar.gz cannot be unpacked")
      }
      try await depot.withCopy { depot in
        let file = try depot.file(source.segments[2] + ".gz")
        let good = try Data(contentsOf: URL(fileURLWithPath: file))
        try flip(file)
        // What lies before it can be had.
        try await expectRestored(
          binaries, depot, target: ["targetLSN": .string(source.positions[1])], ["before", "t0", "t1"])
        try await Stage.with(binaries, depot.restoring()) { stage, first in
          try await first.eventually("what is damaged is said") {
            let message = stage.condition("Initialized")?.message ?? ""
            return message.contains("\(source.segments[2]).gz is damaged")
          }
          #expect(stage.controlPlane.cluster?.status?.currentPrimary == nil)
          // Brought back from a copy of the bucket, and all is well without starting over.
          try good.write(to: URL(fileURLWithPath: file))
          try await first.leads(stage)
          #expect(try await tables(first) == Self.all)
          #expect(first.logText.components(separatedBy: "\"restoring\"").count == 2, "it went on where it was")
        }
      }
    }
  }

  /// PostgreSQL takes a record that it cannot read for the end of the log. In the middle of an archive it is not.
  @Test("a bit is flipped in a segment that is not compressed", arguments: Sandbox.binaries)
  func flippedBitsUncompressed(binaries: String) async throws {
    try await Depot.with { depot in
      let source = try await makeSource(binaries, depot, wal: ["maxParallel": 4])
      let file = try depot.file(source.segments[2])
      var data = try Data(contentsOf: URL(fileURLWithPath: file))
      // In the first records of the segment, behind the header of its page.
      data[data.startIndex + 300] ^= 0x10
      try data.write(to: URL(fileURLWithPath: file))
      try await expectRefusal(
        binaries, depot, target: ["targetLSN": .string(source.positions[3])], "The recovery target was not reached")
      try await expectRefusal(binaries, depot, source.segments[2], "cannot be read beyond")
      try await expectRestored(
        binaries, depot, target: ["targetLSN": .string(source.positions[1])], ["before", "t0", "t1"])
    }
  }

  @Test("bits are flipped in backup.info: it is refused, or says the same", arguments: Sandbox.binaries.prefix(1))
  func flippedBitsInInfo(binaries: String) async throws {
    try await Depot.with { depot in
      let source = try await makeSource(binaries, depot)
      let file = try depot.file("backup.info")
      let text = try Data(contentsOf: URL(fileURLWithPath: file))
      let survey = try await ArchiveSurvey(
        depot.catalogue, WALArchive(store: DirectoryStore(depot.path), server: "pg"))
      let whole = try RestorePlan(RestoreTarget(), from: survey)
      let seed = UInt64.random(in: 0...UInt64.max)
      var generator = SeededGenerator(seed: seed)
      var refusals = 0
      for index in text.indices {
        var damaged = text
        damaged[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        var changed = survey
        do {
          changed.backups = [try BackupInfo(id: source.backup, text: String(decoding: damaged, as: UTF8.self))]
        } catch {
          refusals += 1
          continue
        }
        guard let plan = try? RestorePlan(RestoreTarget(), from: changed) else {
          refusals += 1
          continue
        }
        let at = "seed \(seed), byte \(index - text.startIndex)"
        #expect(plan.timeline == whole.timeline && plan.lastFile == whole.lastFile, "\(at)")
        #expect(plan.backup.beginSegment == whole.backup.beginSegment, "\(at)")
        #expect(plan.backup.endSegment?.number == whole.backup.endSegment?.number, "\(at)")
        #expect(plan.backup.segmentSize == whole.backup.segmentSize, "\(at)")
      }
      #expect(refusals > 30, "the names of fields, the status, the segments, the timeline")
      // Another system's number is found out when the files are there.
      let other = String(decoding: text, as: UTF8.self).split(separator: "\n").map {
        $0.hasPrefix("systemid=") ? "systemid=7300000000000000001" : $0
      }.joined(separator: "\n")
      try other.write(toFile: file, atomically: true, encoding: .utf8)
      try await expectRefusal(binaries, depot, "says that it is of system 7300000000000000001")
    }
  }

  /// Without compression nothing tells that a byte of a file was changed in the store, unless the store itself keeps
  /// checksums at rest, or the byte lies in a page: those have checksums of their own, which postgres verifies when it reads
  /// them and a verification of the backup all at once. A header of the archive has a checksum, too.
  @Test("a bit is flipped in data.tar that is not compressed", arguments: Sandbox.binaries.suffix(1))
  func flippedBitsInPlainArchive(binaries: String) async throws {
    try await Depot.with { depot in
      let source = try await makeSource(binaries, depot, data: [:])
      let file = try depot.file("data.tar")
      let whole = try Data(contentsOf: URL(fileURLWithPath: file))
      // The header of the member that holds the table's pages.
      let name = try #require(whole.range(of: Data("base/1/112".utf8)))
      var damaged = whole
      damaged[name.lowerBound + 5] ^= 1
      try damaged.write(to: URL(fileURLWithPath: file))
      try await expectRefusal(
        binaries, depot, "Object pg/base/\(source.backup)/data.tar cannot be unpacked", "checksum of a header")
      damaged = whole
      // A row in the middle of the table, which replay does not write anew.
      let table = try #require(whole.range(of: Data(source.file.utf8)))
      damaged[table.lowerBound + 512 + 3 * 8192 + 5000] ^= 1
      try damaged.write(to: URL(fileURLWithPath: file))
      try await Stage.with(binaries, depot.restoring()) { stage, first in
        try await first.leads(stage)
        let error = await #expect(throws: PostgreSQLError.self) {
          try await first.query("SELECT sum(n) FROM public.before")
        }
        #expect(error.map { "\($0)" }?.contains("invalid page in block 3 of relation") == true)
      }
    }
  }

  // MARK: Names

  /// A tar archive with one member.
  private func archive(_ name: String, type: Character, size: UInt64 = 0, target: String = "") -> Data {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, _ offset: Int) {
      for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
    }
    func octal(_ number: UInt64, _ digits: Int) -> String {
      let text = String(number, radix: 8)
      return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
    put(name, 0)
    put("0000600", 100)
    put("0000000", 108)
    put("0000000", 116)
    put(octal(size, 11), 124)
    put("00000000000", 136)
    put("        ", 148)
    put(String(type), 156)
    put(target, 157)
    put("ustar\0" + "00", 257)
    put(octal(header.reduce(0) { $0 + UInt64($1) }, 6) + "\0", 148)
    return Data(header) + Data(count: 1024)
  }

  @Test(
    "names that lead elsewhere are refused, and foreign ones in the store are nobody's",
    arguments: Sandbox.binaries.suffix(1))
  func names(binaries: String) async throws {
    try await Depot.with { depot in
      let source = try await makeSource(binaries, depot, data: [:])
      let outside = "/tmp/mi-outside-\(UUID().uuidString.prefix(6))"
      for (member, reason) in [
        (archive("../../..\(outside)", type: "0"), "its path leads out of the directory"),
        (archive(outside, type: "0"), "its path is absolute"),
        (archive("base/link", type: "2", target: outside), "it is a link"),
        (archive("base/link", type: "1", target: outside), "it is a link"),
        (archive("base/device", type: "3"), "it is a device"),
        (archive("large", type: "0", size: (1 << 33) - 1), "ends in the middle of large"),
      ] {
        try await depot.withCopy { depot in
          try member.write(to: URL(fileURLWithPath: try depot.file("data.tar")))
          try await expectRefusal(binaries, depot, "data.tar cannot be unpacked", reason)
        }
      }
      #expect(!FileManager.default.fileExists(atPath: outside))
      let base = "\(depot.path)/pg/base"
      for name in [
        "base/README", "base/latest/backup.info", "base/20010101T000000/data.tar", "base/\(source.backup)/99999.tar",
        "base/\(source.backup)/99998_0002.tar", "base/\(source.backup)/data.tar.part", "wals/notes.txt",
        "wals/0000000100000000/00000001000000000000000Z", "wals/0000000100000000/000000010000000000000001.exe",
        "wals/00000009.history.txt", "wals/0000000A.history",
      ] {
        let file = URL(fileURLWithPath: "\(depot.path)/pg/\(name)")
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data("nothing of ours".utf8).write(to: file)
      }
      try FileManager.default.createSymbolicLink(
        atPath: "\(base)/20300101T000000", withDestinationPath: "\(base)/\(source.backup)")
      try await expectRestored(binaries, depot)
    }
  }
}
