import Foundation
import NIOCore
import PostgreSQL
import Testing

@testable import Backup

@Suite struct ArchiveSourceTests {
  private func make(_ files: [String: Int], in root: String) throws {
    for (path, size) in files {
      let full = "\(root)/\(path)"
      try FileManager.default.createDirectory(
        atPath: (full as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try Data(sampleBytes(size).readableBytesView).write(to: URL(fileURLWithPath: full))
    }
  }

  /// The members of each archive, in order.
  private func members(_ root: String, limit: Int64 = .max, onPiece: (Int) throws -> Void = { _ in }) throws
    -> [[TarEntry]]
  {
    var source = ArchiveSource(
      root: root, walk: DirectoryWalk(root: root), last: ["global/pg_control"], limit: limit, start: nil)
    var archives: [[TarEntry]] = [[]]
    var reader = TarReader()
    var pieces = 0
    func take() throws {
      while let event = try reader.next() {
        if case .entry(let entry) = event { archives[archives.count - 1].append(entry) }
      }
    }
    while true {
      let piece = try source.next()
      try onPiece(pieces)
      pieces += 1
      if case .bytes(let bytes) = piece {
        reader.feed(bytes)
        try take()
        continue
      }
      var isEnd = false
      if case .end = piece { isEnd = true }
      reader.feed(source.end(label: isEnd ? "START WAL LOCATION" : nil))
      try take()
      try reader.finish()
      if isEnd { return archives }
      source.beginPart()
      reader = TarReader()
      archives.append([])
    }
  }

  @Test func theControlFileComesLastButForTheLabel() throws {
    let scratch = try Scratch()
    try make(["PG_VERSION": 3, "base/1/112": 9000, "global/pg_control": 8192, "zz": 1], in: scratch.path)
    #expect(
      try members(scratch.path)[0].map(\.name) == [
        ".", "./PG_VERSION", "base", "base/1", "base/1/112", "global", "./zz", "global/pg_control", "backup_label",
      ])
  }

  @Test func whatIsMadeAnewIsLeftOut() throws {
    let scratch = try Scratch()
    let out = [
      "pg_wal/000000010000000000000001", "pg_wal/archive_status/x", "log/l", "base/pgsql_tmp/t", "base/1/t3_16385",
      "base/1/t3_16385_fsm", "base/1/pg_internal.init", "base/1/pg_internal.init.77", "postmaster.pid",
      "postmaster.opts",
      "standby.signal", "recovery.signal", "pg_replslot/s/state", "pg_dynshmem/m", "pg_stat_tmp/g", "backup_label",
      "tablespace_map", "base/1/16400", "base/1/16400.1", "base/1/16400_fsm",
    ]
    let kept = [
      "global/pg_control", "base/1/112", "base/1/16400_init", "base/1/16401", "t1", "pg_xact/0000", "base/1/PG_VERSION",
    ]
    try make(Dictionary(uniqueKeysWithValues: (out + kept).map { ($0, 10) }), in: scratch.path)
    try FileManager.default.createSymbolicLink(atPath: "\(scratch.path)/pg_tblspc", withDestinationPath: "/etc")
    let names = try members(scratch.path)[0]
    #expect(
      Set(names.filter { $0.kind == .file }.map(\.name))
        == Set(kept.map { $0 == "t1" ? "./t1" : $0 } + ["backup_label"]))
    #expect(Set(names.map(\.name)).isSuperset(of: ["pg_wal", "log", "pg_replslot", "pg_dynshmem", "pg_stat_tmp"]))
  }

  @Test func whatIsTooLargeForOneArchiveIsContinued() throws {
    let scratch = try Scratch()
    try make(["global/pg_control": 8192], in: scratch.path)
    try make(Dictionary(uniqueKeysWithValues: (0..<20).map { ("base/1/\($0)", 100_000) }), in: scratch.path)
    let archives = try members(scratch.path, limit: 450_000)
    #expect(archives.count > 4)
    #expect(archives.allSatisfy { $0.reduce(0) { $0 + $1.size } <= 450_000 })
    #expect(archives.flatMap { $0 }.filter { $0.size == 100_000 }.count == 20)
    #expect(archives.last?.suffix(2).map(\.name) == ["global/pg_control", "backup_label"])
  }

  @Test("files that shrink, grow or vanish keep the archive whole") func changes() throws {
    let scratch = try Scratch()
    let files = ["base/1/1": 3 << 20, "base/1/2": 3 << 20, "base/1/3": 10, "global/pg_control": 8192]
    try make(files, in: scratch.path)
    let found = try members(scratch.path) { piece in
      guard piece == 1 else { return }
      #expect(truncate("\(scratch.path)/base/1/1", 1 << 20) == 0)
      #expect(unlink("\(scratch.path)/base/1/3") == 0)
    }
    #expect(found[0].first { $0.name == "base/1/1" }?.size == 3 << 20)
    #expect(found[0].contains { $0.name == "base/1/3" } == false)
  }

  @Test func withoutTheControlFileThereIsNoBackup() throws {
    let scratch = try Scratch()
    try make(["base/1/1": 10], in: scratch.path)
    #expect(throws: (any Error).self) { try members(scratch.path) }
    #expect(throws: (any Error).self) { try members("\(scratch.path)/missing") }
  }
}
