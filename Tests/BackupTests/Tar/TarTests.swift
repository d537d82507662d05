import Backup
import Foundation
import NIOCore
import Testing

@Suite struct TarTests {
  /// Reads in pieces that fit nothing.
  private func read(_ archive: ByteBuffer, pieces: Int = 777) throws -> [(entry: TarEntry, bytes: ByteBuffer)] {
    var reader = TarReader()
    var rest = archive
    var found: [(TarEntry, ByteBuffer)] = []
    while let piece = rest.readSlice(length: min(pieces, rest.readableBytes)), piece.readableBytes > 0 {
      reader.feed(piece)
      while let event = try reader.next() {
        switch event {
        case .entry(let entry): found.append((entry, ByteBuffer()))
        case .bytes(let bytes): found[found.count - 1].1.writeImmutableBuffer(bytes)
        case .endOfEntry: #expect(found.last.map { Int64($0.1.readableBytes) == $0.0.size } == true)
        }
      }
    }
    try reader.finish()
    return found
  }

  private func archive(_ members: [(TarEntry, ByteBuffer)]) -> ByteBuffer {
    var output = ByteBuffer()
    for (entry, bytes) in members {
      entry.writeHeader(into: &output)
      output.writeImmutableBuffer(bytes)
      output.writeRepeatingByte(0, count: (512 - bytes.readableBytes % 512) % 512)
    }
    TarEntry.writeEnd(after: Int64(output.readableBytes), into: &output)
    return output
  }

  private static let members: [(TarEntry, ByteBuffer)] = [
    (TarEntry(name: ".", kind: .directory, mode: 0o700, modified: 1_717_593_435), ByteBuffer()),
    (
      TarEntry(name: "./PG_VERSION", kind: .file, size: 3, mode: 0o600, user: 26, group: 26, modified: 1_717_593_435),
      ByteBuffer(string: "15\n")
    ),
    (TarEntry(name: "base/1", kind: .directory, mode: 0o700), ByteBuffer()),
    (TarEntry(name: "base/1/112", kind: .file, size: 8192, mode: 0o600), sampleBytes(8192)),
    (
      TarEntry(name: "./größe-\u{1F418}.conf", kind: .file, size: 1, mode: 0o640, user: 3_000_000),
      ByteBuffer(string: "x")
    ),
    (TarEntry(name: String(repeating: "d/", count: 80) + "file", kind: .file, size: 0, mode: 0o600), ByteBuffer()),
  ]

  @Test func whatWasWrittenIsRead() throws {
    let bytes = archive(Self.members)
    #expect(bytes.readableBytes % 10240 == 0)
    for pieces in [1, 511, 10_000_000] {
      let found = try read(bytes, pieces: pieces)
      #expect(found.map(\.entry) == Self.members.map(\.0))
      #expect(found.map(\.bytes) == Self.members.map(\.1))
    }
  }

  @Test("Python reads ours", .enabled(if: Judge.hasPython)) func pythonReads() async throws {
    let scratch = try Scratch()
    let path = try scratch.write(archive(Self.members), to: "ours.tar")
    let script = """
      import sys, tarfile
      for m in tarfile.open(fileobj=open(sys.argv[1], 'rb'), mode='r|'):
          print(m.name, 'd' if m.isdir() else 'f' if m.isfile() else '?', m.size, oct(m.mode), m.uid, int(m.mtime), sep='|')
      """
    let lines = try await Judge.python(script, [path]).split(separator: "\n")
    #expect(
      lines.map(String.init)
        == Self.members.map { entry, _ in
          let kind = entry.kind == .directory ? "d" : "f"
          return "\(entry.name)|\(kind)|\(entry.size)|0o\(String(entry.mode, radix: 8))|\(entry.user)|\(entry.modified)"
        })
  }

  @Test("a size beyond eight gigabytes goes into an extended header", .enabled(if: Judge.hasPython))
  func large() async throws {
    let scratch = try Scratch()
    var header = ByteBuffer()
    let entry = TarEntry(name: "base/1/2", kind: .file, size: 12 << 30, mode: 0o600)
    entry.writeHeader(into: &header)
    let path = try scratch.write(header, to: "large.tar")
    let script = "import sys,tarfile; print(tarfile.open(sys.argv[1]).next().size)"
    #expect(try await Judge.python(script, [path]) == "\(12 << 30)\n")
    var reader = TarReader()
    reader.feed(header)
    #expect(try reader.next() == .entry(entry))
  }

  @Test(
    "we read what Python writes", .enabled(if: Judge.hasPython),
    arguments: ["PAX_FORMAT", "GNU_FORMAT", "USTAR_FORMAT"])
  func weRead(format: String) async throws {
    let scratch = try Scratch()
    let script = """
      import sys, tarfile, io
      t = tarfile.open(sys.argv[1], 'w', format=getattr(tarfile, sys.argv[2]))
      long = 'a' * 80 + '/' + 'b' * 90
      for name in ['./PG_VERSION', 'base/1/112', long] + (['./\\u00fcml\\u00e4ut'] if sys.argv[2] != 'USTAR_FORMAT' else []):
          i = tarfile.TarInfo(name); i.size = 700; i.mtime = 1717593435.25 if 'PAX' in sys.argv[2] else 1717593435
          t.addfile(i, io.BytesIO(name.encode()[:1] * 700))
      i = tarfile.TarInfo('pg_wal'); i.type = tarfile.DIRTYPE; i.mode = 0o700; t.addfile(i)
      t.close()
      """
    _ = try await Judge.python(script, ["\(scratch.path)/theirs.tar", format])
    let found = try read(try scratch.read("theirs.tar"))
    let long = String(repeating: "a", count: 80) + "/" + String(repeating: "b", count: 90)
    var names = ["./PG_VERSION", "base/1/112", long]
    if format != "USTAR_FORMAT" { names.append("./ümläut") }
    #expect(found.map(\.entry.name) == names + ["pg_wal"])
    #expect(found[0].entry.modified == 1_717_593_435)
    #expect(found.last?.entry.kind == .directory)
    #expect(found[1].bytes == ByteBuffer(repeating: UInt8(ascii: "b"), count: 700))
  }

  @Test(
    "what no backup contains is refused by name",
    arguments: ["../evil", "base/../../evil", "/etc/passwd", "./base/..", ".."])
  func badNames(name: String) throws {
    let bytes = archive([(TarEntry(name: name, kind: .file, size: 0, mode: 0o600), ByteBuffer())])
    let error = #expect(throws: TarError.self) { try read(bytes) }
    #expect(error?.description.contains("\"\(name)\"") == true)
  }

  @Test(
    "links, devices and pipes are refused", .enabled(if: Judge.hasPython),
    arguments: ["LNKTYPE", "SYMTYPE", "CHRTYPE", "BLKTYPE", "FIFOTYPE"])
  func badKinds(type: String) async throws {
    let scratch = try Scratch()
    let script = """
      import sys, tarfile
      t = tarfile.open(sys.argv[1], 'w'); i = tarfile.TarInfo('base/evil')
      i.type = getattr(tarfile, sys.argv[2]); i.linkname = '/etc/passwd'; t.addfile(i); t.close()
      """
    _ = try await Judge.python(script, ["\(scratch.path)/bad.tar", type])
    let error = #expect(throws: TarError.self) { try read(try scratch.read("bad.tar")) }
    #expect(error?.description.contains("base/evil") == true)
  }

  @Test func sizesBeyondAllMeasureAreRefused() {
    for size in [Int64.max, 1 << 51] {
      var header = ByteBuffer()
      TarEntry(name: "huge", kind: .file, size: size, mode: 0o600).writeHeader(into: &header)
      #expect(throws: TarError.self) { try read(header) }
    }
  }

  @Test func everyEndThatIsTooEarlyIsNoticed() throws {
    let whole = archive(Self.members)
    // Up to the end mark: what follows is padding.
    let end = try #require(whole.readableBytesView.lastIndex { $0 != 0 })
    for length in stride(from: 0, to: end, by: 311) {
      let part = try #require(whole.getSlice(at: 0, length: length))
      #expect(throws: TarError.self, "\(length) bytes") { try read(part) }
    }
  }

  @Test func aDamagedHeaderIsNoticed() {
    var bytes = archive(Self.members)
    bytes.setInteger(UInt8(ascii: "X"), at: 3)
    #expect(throws: TarError.damaged("the checksum of a header does not fit")) { try read(bytes) }
  }

  @Test("whatever the bytes, there is an answer", arguments: 0..<200) func noise(seed: UInt64) throws {
    var bytes = archive(Self.members)
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    for _ in 0..<3 {
      state = state &* 6_364_136_223_846_793_005 &+ 1
      bytes.setInteger(UInt8(truncatingIfNeeded: state >> 8), at: Int(state >> 33) % 3000)
    }
    do { _ = try read(bytes) } catch is TarError {}
  }
}
