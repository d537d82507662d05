import Backup
import Foundation
import NIOCore
import Testing

/// Each format is judged by those who else write and read it: the tools, and the Python modules that Barman uses.
@Suite struct CompressionTests {
  private static let sizes = [0, 1, 65_536, 700_000, 1_500_000, 3_000_000]
  private static let tools: [Compression: String] = [
    .gzip: "/usr/bin/gzip", .bzip2: "/usr/bin/bzip2", .xz: "/usr/bin/xz", .lz4: "/usr/bin/lz4", .zstd: "/usr/bin/zstd",
  ]
  static let compressed = Compression.allCases.filter { $0 != .none }

  /// In pieces of a size that fits nothing.
  private func parallel(_ compression: Compression, _ bytes: ByteBuffer, threads: Int) async throws -> ByteBuffer {
    var rest = bytes
    var output = ByteBuffer()
    try await ParallelCompression(compression, threads: threads).run {
      rest.readableBytes == 0 ? nil : rest.readSlice(length: min(rest.readableBytes, 1_048_581))
    } write: {
      output.writeImmutableBuffer($0)
    }
    return output
  }

  @Test("what was compressed comes back", arguments: Compression.allCases, sizes)
  func roundTrip(compression: Compression, size: Int) async throws {
    let bytes = sampleBytes(size)
    #expect(try compression.decompress(try compression.compress(bytes), limit: size) == bytes)
    #expect(try compression.decompress(try await parallel(compression, bytes, threads: 3), limit: size) == bytes)
  }

  @Test("the tools read ours, and we theirs", arguments: tools.keys.sorted { $0.rawValue < $1.rawValue }, sizes)
  func tool(compression: Compression, size: Int) async throws {
    let tool = try #require(Self.tools[compression])
    try #require(FileManager.default.isExecutableFile(atPath: tool))
    let bytes = sampleBytes(size, seed: 2)
    for ours in [try compression.compress(bytes), try await parallel(compression, bytes, threads: 2)] {
      #expect(try await Judge.run(tool, ["-dc"], input: ours) == bytes)
    }
    #expect(try compression.decompress(try await Judge.run(tool, ["-c"], input: bytes), limit: size) == bytes)
  }

  /// Python's readers stop at the end of the first stream, so this also finds out that there is only one.
  @Test(
    "Barman's readers read ours, and we what Barman's writers write", .enabled(if: Judge.hasPython),
    arguments: compressed)
  func barman(compression: Compression) async throws {
    let scratch = try Scratch()
    let bytes = sampleBytes(3_000_000, seed: 3)
    let plain = try scratch.write(bytes, to: "plain")
    let ours = try scratch.write(try await parallel(compression, bytes, threads: 2), to: "ours")
    let script = """
      import sys
      from barman.clients.cloud_compression import compress, get_compressor
      from barman.compression import get_internal_compressor
      import bz2, lzma, zlib, zstandard
      kind, plain, ours, theirs = sys.argv[1:]
      data = open(ours, 'rb').read()
      one = {'gzip': lambda: zlib.decompressobj(31), 'bzip2': bz2.BZ2Decompressor, 'xz': lzma.LZMADecompressor,
             'zstd': lambda: zstandard.ZstdDecompressor().decompressobj(),
             'snappy': lambda: get_compressor('snappy'), 'lz4': lambda: get_compressor('lz4')}[kind]()
      assert one.decompress(data) == open(plain, 'rb').read(), 'not one stream with all of it'
      open(theirs, 'wb').write(compress(open(plain, 'rb'), kind, None).read())
      """
    _ = try await Judge.python(script, [compression.rawValue, plain, ours, "\(scratch.path)/theirs"])
    #expect(try compression.decompress(scratch.read("theirs"), limit: bytes.readableBytes) == bytes)
  }

  @Test("streams one behind the other are one", arguments: compressed)
  func concatenated(compression: Compression) throws {
    var both = try compression.compress(ByteBuffer(string: "first "))
    both.writeImmutableBuffer(try compression.compress(ByteBuffer(string: "second")))
    #expect(try compression.decompress(both, limit: 12) == ByteBuffer(string: "first second"))
  }

  @Test("what ends too early is an error", arguments: compressed)
  func truncated(compression: Compression) throws {
    let whole = try compression.compress(sampleBytes(200_000))
    for cut in [0, 1, 5, whole.readableBytes / 2, whole.readableBytes - 1] {
      let part = try #require(whole.getSlice(at: 0, length: cut))
      // Of lz4 and snappy nothing but the last frame tells the end; a cut between two frames cannot be seen in snappy.
      #expect(throws: CompressionError.truncated(compression), "\(cut) bytes") {
        try compression.decompress(part, limit: 1 << 20)
      }
    }
  }

  @Test("a flipped bit is found", arguments: compressed)
  func corrupt(compression: Compression) throws {
    let bytes = sampleBytes(300_000)
    var damaged = try compression.compress(bytes)
    let middle = damaged.readableBytes / 2
    damaged.setInteger(damaged.getInteger(at: middle, as: UInt8.self)! ^ 0x10, at: middle)
    #expect(throws: CompressionError.self) { try compression.decompress(damaged, limit: 1 << 20) }
    #expect(throws: CompressionError.self) { try compression.decompress(sampleBytes(5000, seed: 9), limit: 1 << 20) }
  }

  @Test("what expands beyond the limit is refused without being held in memory", arguments: compressed)
  func bomb(compression: Compression) throws {
    let zeros = ByteBuffer(repeating: 0, count: 20 << 20)
    let small = try compression.compress(zeros)
    #expect(throws: CompressionError.tooLarge(compression, limit: 1000)) {
      try compression.decompress(small, limit: 1000)
    }
    var decompressor = try Decompressor(compression)
    decompressor.feed(small)
    while let piece = try decompressor.next() { #expect(piece.readableBytes <= Decompressor.pieceSize) }
  }

  @Test(arguments: compressed) func bytesMayArriveOneByOne(compression: Compression) throws {
    let bytes = sampleBytes(3000)
    var decompressor = try Decompressor(compression)
    var output = ByteBuffer()
    for byte in try compression.compress(bytes).readableBytesView {
      decompressor.feed(ByteBuffer(bytes: [byte]))
      while let piece = try decompressor.next() { output.writeImmutableBuffer(piece) }
    }
    while let piece = try decompressor.finish() { output.writeImmutableBuffer(piece) }
    #expect(output == bytes)
  }

  @Test func theNameTellsHow() {
    for compression in Compression.allCases {
      let (name, found) = Compression.split("data.tar\(compression.suffix)")
      #expect(name == "data.tar")
      #expect(found == compression)
    }
  }
}
