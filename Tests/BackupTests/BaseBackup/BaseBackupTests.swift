import Backup
import Foundation
import NIOCore
import ObjectStorage
import PostgreSQL
import Testing

/// Real servers are copied while they are written to, and the copies are started.
@Suite(.serialized) struct BaseBackupTests {
  private static let id = BackupID("20261127T101500")!

  /// A copy taken while the server works, and what the catalogue says of it.
  private func backup(
    _ server: PlainServer, _ connection: Connection, into store: DirectoryStore, _ compression: Compression,
    limit: Int64 = 100 << 30
  ) async throws -> (BackupInfo, BaseBackupSummary) {
    let catalogue = Catalogue(store: store, server: "pg")
    var info = BackupInfo(id: Self.id)
    let oid = try await connection.query("SELECT oid::int8 FROM pg_tablespace WHERE spcname = 'ts1'").scalar(
      as: Int.self)
    info.tablespaces = [.init(name: "ts1", oid: UInt32(oid), location: "\(server.root)/ts1")]
    var settings = BaseBackupSettings()
    settings.compression = compression
    settings.archiveLimit = limit
    let start = try await connection.query("SELECT pg_backup_start('test', true)").scalar(as: LSN.self)
    let copy = BaseBackup(
      store: store, layout: catalogue.layout, id: Self.id, data: server.data, tablespaces: info.tablespaces,
      settings: settings)
    // PostgreSQL writes pages and drops files while they are read.
    let other = try await server.connect()
    let summary = try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for round in 0..<20 {
          try await other.execute(
            "CREATE TABLE IF NOT EXISTS gone AS SELECT generate_series(1, 5000) AS i; UPDATE t SET v = v || '.' WHERE i % 20 = \(round); CHECKPOINT; DROP TABLE gone",
            deadline: .seconds(60))
        }
      }
      let summary = try await copy.copy(from: start, verifiesChecksums: true) {
        let row = try await connection.query("SELECT lsn, labelfile FROM pg_backup_stop(true)", deadline: .seconds(60))
        return try row.rows[0].value("labelfile", as: String.self)
      }
      try await group.waitForAll()
      return summary
    }
    await other.close()
    info.status = .done
    return (info, summary)
  }

  private func prepared(_ binaries: String, _ scratch: Scratch) async throws -> (PlainServer, Connection) {
    let server = try PlainServer(binaries, root: scratch.path)
    try server.start()
    let connection = try await server.connect()
    try await connection.execute("CREATE TABLESPACE ts1 LOCATION '\(scratch.path)/ts1'")
    try await connection.execute(
      """
      CREATE TABLE t (i int PRIMARY KEY, v text) WITH (fillfactor = 50);
      INSERT INTO t SELECT i, md5(i::text) FROM generate_series(1, 40000) i;
      CREATE TABLE s TABLESPACE ts1 AS SELECT * FROM t;
      CREATE UNLOGGED TABLE u (i int); INSERT INTO u SELECT generate_series(1, 1000);
      """, deadline: .seconds(60))
    return (server, connection)
  }

  @Test("what was copied from a server at work starts again", arguments: PlainServer.versions)
  func copyAndRestore(binaries: String) async throws {
    let scratch = try Scratch()
    let (server, connection) = try await prepared(binaries, scratch)
    let checksum = "SELECT count(*)::text || md5(string_agg(v, ',' ORDER BY i)) FROM "
    for compression in [Compression.none, .gzip, .bzip2, .snappy, .lz4, .zstd] {
      let store = try DirectoryStore("\(scratch.path)/store-\(compression)")
      let (info, summary) = try await backup(server, connection, into: store, compression, limit: 8 << 20)
      #expect(summary.damagedCount == 0, "\(summary.damagedPages)")
      let archives = try await Catalogue(store: store, server: "pg").archives(of: Self.id)
      #expect(archives.filter { $0.name == "data" }.count > 2, "what is larger than the limit is continued")
      #expect(summary.bytesStored == archives.reduce(0) { $0 + $1.object.size })
      if Judge.hasPython, compression != .zstd {
        try await self.compare(archives, info, store, scratch)
      }
    }
    // The last of them is restored, which needs the log up to now.
    let store = try DirectoryStore("\(scratch.path)/store-zstd")
    var info = BackupInfo(id: Self.id)
    let oid = try await connection.query("SELECT oid::int8 FROM pg_tablespace WHERE spcname = 'ts1'").scalar(
      as: Int.self)
    let expected = try await connection.query(checksum + "t").scalar(as: String.self)
    let expectedInTablespace = try await connection.query(checksum + "s").scalar(as: String.self)
    await connection.close()
    try server.stop()
    try FileManager.default.moveItem(atPath: "\(scratch.path)/ts1", toPath: "\(scratch.path)/ts1.old")
    info.tablespaces = [.init(name: "ts1", oid: UInt32(oid), location: "\(scratch.path)/ts1")]
    try FileManager.default.createDirectory(atPath: "\(scratch.path)/log-volume", withIntermediateDirectories: true)
    let archives = try await Catalogue(store: store, server: "pg").archives(of: Self.id)
    let unpacked = try await Unpacking(
      store: store, archives: archives, info: info, data: "\(scratch.path)/restored", wal: "\(scratch.path)/log-volume",
      parallel: 2
    ).run()
    #expect(unpacked.files > 900)
    #expect(try mode("\(scratch.path)/restored") == 0o700)
    #expect(try mode("\(scratch.path)/restored/PG_VERSION") == 0o600)
    // What was archived last goes with it.
    for file in try FileManager.default.contentsOfDirectory(atPath: "\(scratch.path)/data/pg_wal")
    where file.count == 24 && !FileManager.default.fileExists(atPath: "\(scratch.path)/wal/\(file)") {
      try FileManager.default.copyItem(
        atPath: "\(scratch.path)/data/pg_wal/\(file)", toPath: "\(scratch.path)/wal/\(file)")
    }
    let restored = try PlainServer(binaries, root: scratch.path, restored: "\(scratch.path)/restored")
    try restored.start()
    let again = try await restored.connect()
    #expect(try await again.query(checksum + "t").scalar(as: String.self) == expected)
    #expect(try await again.query(checksum + "s").scalar(as: String.self) == expectedInTablespace)
    #expect(try await again.query("SELECT count(*) FROM u").scalar(as: Int.self) == 0, "unlogged tables begin empty")
    await again.close()
    try restored.stop()
    try PlainServer.run("\(binaries)/pg_checksums", ["--check", "-D", "\(scratch.path)/restored"])
  }

  /// Barman unpacks the same (`CloudInterface.extract_tar`).
  private func compare(
    _ archives: [BackupArchive], _ info: BackupInfo, _ store: DirectoryStore, _ scratch: Scratch
  ) async throws {
    let theirs = "\(scratch.path)/theirs"
    let ours = "\(scratch.path)/ours"
    defer { for path in [theirs, ours] { try? FileManager.default.removeItem(atPath: path) } }
    var moved = info
    moved.tablespaces[0].location = "\(ours)/tablespace"
    try FileManager.default.createDirectory(atPath: ours, withIntermediateDirectories: true)
    _ = try await Unpacking(
      store: store, archives: archives, info: moved, data: "\(ours)/data", wal: nil, parallel: 2
    ).run()
    let script = """
      import sys, os, tarfile, hashlib
      from barman.clients.cloud_compression import get_streaming_tar_mode, get_compressor
      from barman.cloud import DecompressingStreamingIO
      theirs, ours = sys.argv[1:3]
      for key in sys.argv[3:]:
          extension = os.path.splitext(key)[-1]
          compression = '' if extension == '.tar' else extension[1:]
          f = open(key, 'rb')
          c = get_compressor(compression)
          if c: f = DecompressingStreamingIO(f, c)
          place = 'data' if os.path.basename(key).startswith('data') else 'tablespace'
          with tarfile.open(fileobj=f, mode=get_streaming_tar_mode('r', compression)) as t: t.extractall(theirs + '/' + place)
      def files(root):
          return {os.path.relpath(os.path.join(d, n), root): hashlib.md5(open(os.path.join(d, n), 'rb').read()).hexdigest()
                  for d, _, ns in os.walk(root) for n in ns}
      a, b = files(theirs), files(ours)
      assert len(a) > 900 and a == b, sorted(set(a.items()) ^ set(b.items()))[:5]
      assert {'data/backup_label', 'data/global/pg_control', 'data/PG_VERSION'} <= set(a), 'something is missing'
      """
    let files = archives.map { "\(store.location.dropFirst("file://".count))/\($0.object.key)" }
    _ = try await Judge.python(script, [theirs, ours] + files)
  }

  private func mode(_ path: String) throws -> Int {
    try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
  }

  @Test("a damaged page is named", arguments: PlainServer.versions) func damage(binaries: String) async throws {
    let scratch = try Scratch()
    let (server, connection) = try await prepared(binaries, scratch)
    let path = try await connection.query("SELECT pg_relation_filepath('t')").scalar(as: String.self)
    await connection.close()
    try server.stop()
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: "\(server.data)/\(path)"))
    try file.seek(toOffset: 7 * 8192 + 5000)
    try file.write(contentsOf: Data([0xde, 0xad]))
    try file.close()
    let store = try DirectoryStore("\(scratch.path)/store")
    let summary = try await BaseBackup(
      store: store, layout: ObjectLayout(server: "pg"), id: Self.id, data: server.data, tablespaces: [],
      settings: BaseBackupSettings()
    ).copy(from: LSN(.max), verifiesChecksums: true) { "" }
    #expect(summary.damagedCount == 1)
    #expect(summary.damagedPages.first?.file == path)
    #expect(summary.damagedPages.first?.block == 7)
    // Replay repairs what was written since the backup began.
    let later = try await BaseBackup(
      store: store, layout: ObjectLayout(server: "pg"), id: Self.id, data: server.data, tablespaces: [],
      settings: BaseBackupSettings()
    ).copy(from: LSN(0), verifiesChecksums: true) { "" }
    #expect(later.damagedCount == 0)
  }
}
