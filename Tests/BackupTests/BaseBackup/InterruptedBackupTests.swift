import Backup
import Foundation
import NIOCore
import ObjectStorage
import PostgreSQL
import Testing

/// What is not whole is never taken for a backup.
@Suite struct InterruptedBackupTests {
  private struct Broken: Error, Equatable {}

  private func backup(_ scratch: Scratch, _ store: DirectoryStore, _ compression: Compression) throws -> BaseBackup {
    for (path, size) in [("data/global/pg_control", 8192), ("data/base/1/1", 5 << 20), ("ts/PG_15_1/1/2", 1 << 20)] {
      let file = URL(fileURLWithPath: "\(scratch.path)/\(path)")
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(sampleBytes(size).readableBytesView).write(to: file)
    }
    var settings = BaseBackupSettings()
    settings.compression = compression
    return BaseBackup(
      store: store, layout: ObjectLayout(server: "pg"), id: try #require(BackupID("20261127T101500")),
      data: "\(scratch.path)/data",
      tablespaces: [.init(name: "ts", oid: 16385, location: "\(scratch.path)/ts")], settings: settings)
  }

  @Test("where PostgreSQL does not end the backup there is no data.tar", arguments: [Compression.none, .gzip, .zstd])
  func endFails(compression: Compression) async throws {
    let scratch = try Scratch()
    let store = try DirectoryStore("\(scratch.path)/store")
    let copy = try backup(scratch, store, compression)
    await #expect(throws: Broken.self) {
      try await copy.copy(from: LSN(0), verifiesChecksums: false) { throw Broken() }
    }
    let catalogue = Catalogue(store: store, server: "pg")
    let id = try #require(BackupID("20261127T101500"))
    #expect(try await catalogue.archives(of: id).map(\.name) == ["16385"])
    var info = BackupInfo(id: id)
    info.status = .failed
    try await catalogue.save(info)
    try await copy.cleanUp()
    #expect(try await store.objects("pg/").map(\.key) == [try catalogue.layout.info(id)])
    let left = FileManager.default.enumerator(atPath: "\(scratch.path)/store")?.compactMap { $0 as? String } ?? []
    #expect(left.filter { $0.hasSuffix(".info") == false && $0.contains("tar") }.isEmpty, "nothing hidden stays")
  }

  @Test(.timeLimit(.minutes(1))) func aCancelledCopyEnds() async throws {
    let scratch = try Scratch()
    let store = try DirectoryStore("\(scratch.path)/store")
    let copy = try backup(scratch, store, .gzip)
    let running = Task {
      try await copy.copy(from: LSN(0), verifiesChecksums: false) {
        try await Task.sleep(for: .seconds(3600))
        return ""
      }
    }
    running.cancel()
    await #expect(throws: (any Error).self) { try await running.value }
    #expect(try await store.objects("pg/").contains { $0.key.name.hasPrefix("data") } == false)
  }

  @Test("what is unpacked is all there, or it is said", arguments: [Compression.none, .gzip, .lz4])
  func damagedObjects(compression: Compression) async throws {
    let scratch = try Scratch()
    let store = try DirectoryStore("\(scratch.path)/store")
    _ = try await backup(scratch, store, compression).copy(from: LSN(0), verifiesChecksums: false) { "label" }
    let catalogue = Catalogue(store: store, server: "pg")
    let id = try #require(BackupID("20261127T101500"))
    var info = BackupInfo(id: id)
    info.tablespaces = [.init(name: "ts", oid: 16385, location: "\(scratch.path)/restored-ts")]
    func unpack(_ name: String) async throws -> UnpackingSummary {
      try? FileManager.default.removeItem(atPath: "\(scratch.path)/restored-ts")
      return try await Unpacking(
        store: store, archives: catalogue.archives(of: id), info: info, data: "\(scratch.path)/\(name)", wal: nil,
        parallel: 2
      ).run()
    }
    #expect(try await unpack("whole").files == 4)
    await #expect(throws: UnpackingError.self, "it is not empty") { try await unpack("whole") }
    let key = try catalogue.layout.archive("data", part: 0, of: id, compression)
    let whole = try await store.read(key, from: 0).collect(limit: 64 << 20)
    let half = try #require(whole.getSlice(at: 0, length: whole.readableBytes / 2))
    try await store.write(half, to: key, options: WriteOptions())
    let error = await #expect(throws: UnpackingError.self) { try await unpack("half") }
    #expect(error?.description.contains(key.text) == true)
    try await store.delete([key])
    await #expect(throws: UnpackingError.missingArchive(id, "data")) { try await unpack("none") }
  }
}
