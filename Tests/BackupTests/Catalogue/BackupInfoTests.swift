import Backup
import Foundation
import NIOCore
import ObjectStorage
import PostgreSQL
import Testing

@Suite struct BackupInfoTests {
  /// Written by Barman itself, with all there is.
  private static let script = """
    import sys, datetime, barman.output
    from barman.infofile import BackupInfo, Tablespace
    tz = datetime.timezone.utc
    b = BackupInfo('20240605T134715', server_name='cloud')
    values = dict(version=170005, pgdata='/var/lib/postgresql/data/pgdata', timeline=2, status='DONE',
      tablespaces=[Tablespace('ts1', 16385, '/t/ts1/data'), Tablespace("o'dd \\u00e9\\u2028", 4294967295, '/t/"x"')],
      begin_time=datetime.datetime(2024, 6, 5, 13, 47, 15, 123456, tz), begin_xlog='0/5000028',
      begin_wal='000000020000000000000005', begin_offset=40,
      end_time=datetime.datetime(2024, 6, 5, 13, 48, 0, 0, tz), end_xlog='0/5000138', end_wal='000000020000000000000005',
      end_offset=312, backup_label="START WAL LOCATION: 0/5000028 (file 0)\\nLABEL: it's \\t \\\\ \\x07\\n",
      included_files=['/a/custom.conf', '/a/override.conf'], copy_stats={'total_time': 1.5, 'number_of_workers': 2, 'e': {}},
      systemid='7376994421230346242', data_checksums='on', cluster_size=31457280, backup_name='backup-1',
      config_file='/x/postgresql.conf')
    for k, v in values.items(): b.set_attribute(k, v)
    b.save(filename=sys.argv[1])
    """

  @Test("what Barman wrote stays as it is, and is understood", .enabled(if: Judge.hasPython)) func theirs() async throws
  {
    let scratch = try Scratch()
    _ = try await Judge.python(Self.script, ["\(scratch.path)/backup.info"])
    let text = String(buffer: try scratch.read("backup.info"))
    let info = try BackupInfo(id: #require(BackupID("20240605T134715")), text: text)
    #expect(info.text == text)
    #expect(info.isDone)
    #expect(info.begin == LSN("0/5000028"))
    #expect(info.beginTime?.description == "2024-06-05 13:47:15.123456+00:00")
    #expect(info.endTime?.description == "2024-06-05 13:48:00+00:00")
    #expect(info.label == "START WAL LOCATION: 0/5000028 (file 0)\nLABEL: it's \t \\ \u{7}\n")
    #expect(
      info.tablespaces == [
        .init(name: "ts1", oid: 16385, location: "/t/ts1/data"),
        .init(name: "o'dd é\u{2028}", oid: .max, location: "/t/\"x\""),
      ])
    // Written anew from the values it is the same.
    var again = info
    again.label = info.label
    again.tablespaces = info.tablespaces
    again.beginTime = info.beginTime
    #expect(again.text == text)
  }

  @Test("Barman reads ours", .enabled(if: Judge.hasPython)) func ours() async throws {
    let scratch = try Scratch()
    var info = BackupInfo(id: try #require(BackupID("20261127T101500")))
    info.status = .done
    info.label = "START \"WAL\" 'x'\n"
    info.tablespaces = [.init(name: "ts\n1", oid: 16385, location: "/t")]
    info.setBegin(LSN(0x5000028), on: TimelineID(1))
    info.setEnd(LSN(0x6000000), on: TimelineID(1))
    info.beginTime = UTCTime(seconds: 1_717_595_235)
    info.endTime = UTCTime(microseconds: 1_717_595_235_000_001)
    info.setCopyStatistics(total: 2.5, copy: 2.25, workers: 2)
    info.error = "two\nlines"
    let path = try scratch.write(ByteBuffer(string: info.text), to: "backup.info")
    let script = """
      import sys, io, barman.output
      from barman.infofile import BackupInfo
      b = BackupInfo('20261127T101500'); b.load(filename=sys.argv[1])
      print(b.end_wal, b.end_offset, b.timeline, b.tablespaces[0].name == 'ts\\n1', repr(b.backup_label), b.error)
      out = io.BytesIO(); b.save(file_object=out)
      assert out.getvalue() == open(sys.argv[1], 'rb').read(), out.getvalue().decode()
      """
    #expect(
      try await Judge.python(script, [path])
        == "000000010000000000000005 16777216 1 True 'START \"WAL\" \\'x\\'\\n' two lines\n")
  }

  @Test func whatIsNoneIsRefusedWithItsLine() throws {
    let id = try #require(BackupID("20261127T101500"))
    #expect(throws: BackupInfo.Malformed.self) { try BackupInfo(id: id, text: "") }
    let error = #expect(throws: BackupInfo.Malformed.self) {
      try BackupInfo(id: id, text: "# x\n\nstatus=DONE\nnonsense\n")
    }
    #expect(error?.description.contains("line 4") == true)
    #expect(
      try BackupInfo(id: id, text: " status = DONE \nfuture_field=1\n").status == .done, "newer fields are no fault")
  }

  @Test(arguments: ["", "20261127", "20261127X101500", "20261127T10150", "../../etc/passwd", "٢0261127T101500"])
  func noBackupID(text: String) { #expect(BackupID(text) == nil) }

  @Test("a catalogue tells what it cannot read, and goes on") func catalogue() async throws {
    let scratch = try Scratch()
    let store = try DirectoryStore("\(scratch.path)/store")
    let catalogue = Catalogue(store: store, server: "pg")
    let good = try #require(BackupID("20261127T101500"))
    let bad = try #require(BackupID("20261127T101600"))
    let orphan = try #require(BackupID("20261127T101700"))
    var info = BackupInfo(id: good)
    info.status = .started
    try await catalogue.save(info)
    for key in [try catalogue.layout.info(bad), try catalogue.layout.archive("data", part: 0, of: orphan, .gzip)] {
      try await store.write(ByteBuffer(string: "nonsense"), to: key, options: WriteOptions())
    }
    try await store.write(ByteBuffer(), to: ObjectKey("pg/base/junk/backup.info"), options: WriteOptions())
    let content = try await catalogue.content()
    #expect(content.backups == [info])
    #expect(Array(content.unreadable.keys) == [bad])
    #expect(content.orphans == [orphan])
    #expect(try await catalogue.keep(good) == nil)
    for (text, target) in [("standalone", KeepTarget.standalone), ("full\n", .full), ("x", .full)] {
      try await store.write(ByteBuffer(string: text), to: catalogue.layout.keep(good), options: WriteOptions())
      #expect(try await catalogue.keep(good) == target)
    }
  }

  @Test func archivesAreKnownByTheirNames() throws {
    let layout = ObjectLayout(server: "pg")
    let id = try #require(BackupID("20261127T101500"))
    for (name, part) in [("data", 0), ("data", 1), ("16385", 12), ("data", 12_345)] {
      for compression in Compression.allCases {
        let key = try layout.archive(name, part: part, of: id, compression)
        let archive = BackupArchive(ObjectInformation(key: key, size: 1))
        #expect(archive?.name == name && archive?.part == part && archive?.compression == compression)
      }
    }
    #expect(try layout.archive("data", part: 1, of: id, .gzip).text == "pg/base/20261127T101500/data_0001.tar.gz")
    for other in ["backup.info", "data.tar.gz.part", "data_1.tar", "database.tar", "data_0000.tar", "data_0001_2.tar"] {
      #expect(BackupArchive(ObjectInformation(key: try ObjectKey("pg/\(other)"), size: 1)) == nil, "\(other)")
    }
  }
}
