import NIOCore

/// Makes one bzip2 stream of many.
///
/// A stream is `BZh9`, blocks, the 48 bits `177245385090`, the stream's checksum and up to seven bits of padding. Blocks begin
/// with the 48 bits `314159265359` and their own checksum, and follow each other without regard to bytes. The stream's
/// checksum is, from block to block, rotated left by one bit and combined with the block's by exclusive or.
struct Bzip2Joiner: ChunkJoiner {
  private static let blockMark: UInt64 = 0x3141_5926_5359
  private static let endMark: UInt64 = 0x1772_4538_5090

  let level: Int
  private var hasBegun = false
  private var checksum: UInt32 = 0
  /// What is not a whole byte yet, in the lowest bits.
  private var held: UInt64 = 0
  private var heldCount: UInt64 = 0

  init(level: Int) { self.level = level }

  private mutating func begin(_ output: inout ByteBuffer) {
    if hasBegun { return }
    hasBegun = true
    output.writeString("BZh\(level)")
  }

  /// - Throws: ``CompressionError/unavailable(_:_:)`` for what is not a stream of exactly one block.
  mutating func append(_ chunk: EncodedChunk, to output: inout ByteBuffer) throws(CompressionError) {
    begin(&output)
    try chunk.bytes.withUnsafeReadableBytes { (stream) throws(CompressionError) in
      guard stream.count > 24, Self.bits(stream, at: 32, count: 48) == Self.blockMark,
        let end = (0..<8).map({ stream.count * 8 - 80 - $0 }).first(where: {
          Self.bits(stream, at: $0, count: 48) == Self.endMark
        })
      else { throw .unavailable(.bzip2, "libbz2 made something unknown") }
      let block = UInt32(truncatingIfNeeded: Self.bits(stream, at: 80, count: 32))
      // Of a single block the stream's checksum is that of the block.
      guard Self.bits(stream, at: end + 48, count: 32) == UInt64(block) else {
        throw .unavailable(.bzip2, "libbz2 made more than one block")
      }
      checksum = (checksum << 1 | checksum >> 31) ^ block
      output.reserveCapacity(minimumWritableBytes: stream.count + 8)
      var at = 32
      while at < end {
        let count = min(32, end - at)
        put(Self.bits(stream, at: at, count: count), UInt64(count), &output)
        at += count
      }
    }
  }

  mutating func finish(into output: inout ByteBuffer) {
    begin(&output)
    put(Self.endMark >> 24, 24, &output)
    put(Self.endMark & 0xff_ffff, 24, &output)
    put(UInt64(checksum), 32, &output)
    if heldCount > 0 { put(0, 8 - heldCount, &output) }
  }

  /// Up to 32 bits.
  private mutating func put(_ bits: UInt64, _ count: UInt64, _ output: inout ByteBuffer) {
    held = held << count | bits
    heldCount += count
    if heldCount >= 32 {
      heldCount -= 32
      output.writeInteger(UInt32(truncatingIfNeeded: held >> heldCount))
    }
    while heldCount >= 8 && count < 32 {
      heldCount -= 8
      output.writeInteger(UInt8(truncatingIfNeeded: held >> heldCount))
    }
    held &= (1 << heldCount) - 1
  }

  /// Up to 48 bits, the first of them the highest.
  private static func bits(_ bytes: UnsafeRawBufferPointer, at position: Int, count: Int) -> UInt64 {
    let first = position / 8
    var word: UInt64 = 0
    for index in first..<first + 8 { word = word << 8 | (index < bytes.count ? UInt64(bytes[index]) : 0) }
    return (word << UInt64(position % 8)) >> UInt64(64 - count)
  }
}
