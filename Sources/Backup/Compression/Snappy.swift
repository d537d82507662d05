import CCompression
import NIOCore
import ObjectStorage

/// Snappy's framing format (framing_format.txt): a mark, then frames of at most 64 KiB, each with a masked CRC-32C.
enum SnappyFrame {
  static let compressed: UInt8 = 0x00
  static let uncompressed: UInt8 = 0x01
  /// 0x02 to 0x7f may not be skipped.
  static let firstSkippable: UInt8 = 0x80
  static let mark: UInt8 = 0xff
  static let markText = Array("sNaPpY".utf8)
  /// Of uncompressed bytes.
  static let largest = 64 << 10

  static func masked(_ checksum: UInt32) -> UInt32 { (checksum >> 15 | checksum << 17) &+ 0xa282_ead8 }
}

struct SnappyFormat: ChunkFormat {
  let chunkSize = 1 << 20

  func encode(_ chunk: ByteBuffer, after previous: ByteBuffer?) throws(CompressionError) -> EncodedChunk {
    var output = ByteBufferAllocator().buffer(capacity: chunk.readableBytes / 2)
    var rest = chunk
    while let frame = rest.readSlice(length: min(rest.readableBytes, SnappyFrame.largest)), frame.readableBytes > 0 {
      try frame.withUnsafeReadableBytes { (bytes) throws(CompressionError) in try Self.append(bytes, to: &output) }
    }
    return EncodedChunk(bytes: output, length: chunk.readableBytes)
  }

  private static func append(_ bytes: UnsafeRawBufferPointer, to output: inout ByteBuffer) throws(CompressionError) {
    let checksum = SnappyFrame.masked(CRC32C.of(bytes))
    let start = output.writerIndex
    output.writeInteger(UInt32(0))
    output.writeInteger(checksum, endianness: .little)
    var status = SNAPPY_OK
    var length = snappy_max_compressed_length(bytes.count)
    output.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { free in
      status = snappy_compress(
        bytes.bindMemory(to: CChar.self).baseAddress, bytes.count, free.bindMemory(to: CChar.self).baseAddress, &length)
      return status == SNAPPY_OK ? length : 0
    }
    guard status == SNAPPY_OK else { throw .unavailable(.snappy, "snappy answers \(status.rawValue)") }
    var kind = SnappyFrame.compressed
    if length >= bytes.count - bytes.count / 8 {
      kind = SnappyFrame.uncompressed
      output.moveWriterIndex(to: start + 8)
      output.writeBytes(bytes)
      length = bytes.count
    }
    // The kind, and the length of what follows in three bytes.
    output.setInteger(UInt32(kind) | UInt32(length + 4) << 8, at: start, endianness: .little)
  }

  func makeJoiner() -> any ChunkJoiner { Joiner() }

  private struct Joiner: ChunkJoiner {
    private var hasBegun = false

    private mutating func begin(_ output: inout ByteBuffer) {
      if hasBegun { return }
      hasBegun = true
      output.writeBytes([SnappyFrame.mark, UInt8(SnappyFrame.markText.count), 0, 0] + SnappyFrame.markText)
    }

    mutating func append(_ chunk: EncodedChunk, to output: inout ByteBuffer) {
      begin(&output)
      output.writeImmutableBuffer(chunk.bytes)
    }

    mutating func finish(into output: inout ByteBuffer) { begin(&output) }
  }
}

final class SnappyDecoder: StreamDecoder {
  /// What is not a whole frame yet.
  private var frame = ByteBuffer()
  /// Bytes of a frame that are passed over.
  private var skipping = 0
  private var hasBegun = false

  func decode(
    _ input: UnsafeRawBufferPointer, into output: inout ByteBuffer, space: Int
  ) throws(CompressionError) -> Int {
    var position = 0
    let before = output.readableBytes
    /// Until the frame has that many bytes; whether it has.
    func fill(_ count: Int) -> Bool {
      let missing = count - frame.readableBytes
      guard missing > 0 else { return true }
      let taken = min(missing, input.count - position)
      frame.writeBytes(UnsafeRawBufferPointer(rebasing: input[position..<position + taken]))
      position += taken
      return taken == missing
    }
    while true {
      if skipping > 0 {
        let taken = min(skipping, input.count - position)
        skipping -= taken
        position += taken
        if skipping > 0 { return position }
      }
      guard fill(4), let header = frame.getInteger(at: frame.readerIndex, endianness: .little, as: UInt32.self) else {
        return position
      }
      let kind = UInt8(truncatingIfNeeded: header)
      let length = Int(header >> 8)
      guard hasBegun || kind == SnappyFrame.mark else {
        throw .corrupt(.snappy, "they do not begin like snappy's frames")
      }
      switch kind {
      case SnappyFrame.mark:
        guard length == SnappyFrame.markText.count else { throw .corrupt(.snappy, "the mark is wrong") }
        guard fill(4 + length) else { return position }
        guard frame.readableBytesView.dropFirst(4).elementsEqual(SnappyFrame.markText) else {
          throw .corrupt(.snappy, "the mark is wrong")
        }
        hasBegun = true
        frame.clear()
      case SnappyFrame.compressed, SnappyFrame.uncompressed:
        guard (4...SnappyFrame.largest * 2).contains(length) else {
          throw .corrupt(.snappy, "a frame has \(length) bytes")
        }
        guard fill(4 + length) else { return position }
        if space - (output.readableBytes - before) < SnappyFrame.largest { return position }
        try decodeFrame(kind, into: &output)
        frame.clear()
      case SnappyFrame.firstSkippable...:
        skipping = length
        frame.clear()
      default: throw .corrupt(.snappy, "a frame is of the unknown kind \(kind)")
      }
    }
  }

  private func decodeFrame(_ kind: UInt8, into output: inout ByteBuffer) throws(CompressionError) {
    frame.moveReaderIndex(forwardBy: 4)
    guard let expected = frame.readInteger(endianness: .little, as: UInt32.self) else { return }
    let start = output.writerIndex
    if kind == SnappyFrame.uncompressed {
      guard frame.readableBytes <= SnappyFrame.largest else { throw .corrupt(.snappy, "a frame is too long") }
      output.writeImmutableBuffer(frame)
    } else {
      let isRight = frame.withUnsafeReadableBytes { bytes in
        let source = bytes.bindMemory(to: CChar.self).baseAddress
        var length = 0
        guard snappy_uncompressed_length(source, bytes.count, &length) == SNAPPY_OK, length <= SnappyFrame.largest
        else {
          return false
        }
        var status = SNAPPY_OK
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: max(1, length)) { free in
          status = snappy_uncompress(source, bytes.count, free.bindMemory(to: CChar.self).baseAddress, &length)
          return status == SNAPPY_OK ? length : 0
        }
        return status == SNAPPY_OK
      }
      guard isRight else { throw .corrupt(.snappy, "a frame cannot be read") }
    }
    let actual = output.withUnsafeReadableBytes { bytes in
      CRC32C.of(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(start - output.readerIndex)))
    }
    guard SnappyFrame.masked(actual) == expected else { throw .corrupt(.snappy, "a checksum is wrong") }
  }

  func finish(into output: inout ByteBuffer, space: Int) throws(CompressionError) {
    guard hasBegun, frame.readableBytes == 0, skipping == 0 else { throw .truncated(.snappy) }
  }
}
