import CCompression
import NIOCore

/// One frame of lz4 whose blocks do not depend on each other, each with its checksum.
struct LZ4Format: ChunkFormat {
  /// Magic number; version 1, independent blocks with checksums; blocks of at most 1 MiB; the header's checksum
  /// (lz4_Frame_format.md). Each chunk is one block.
  private static let header: [UInt8] = [0x04, 0x22, 0x4d, 0x18, 0x70, 0x60, 0x33]

  var level: Int?
  let chunkSize = 1 << 20

  func encode(_ chunk: ByteBuffer, after previous: ByteBuffer?) throws(CompressionError) -> EncodedChunk {
    var preferences = LZ4F_preferences_t()
    preferences.frameInfo.blockSizeID = LZ4F_max1MB
    preferences.frameInfo.blockMode = LZ4F_blockIndependent
    preferences.frameInfo.blockChecksumFlag = LZ4F_blockChecksumEnabled
    preferences.compressionLevel = Int32(clamping: level ?? 0)
    var output = ByteBuffer()
    var code = 0
    chunk.withUnsafeReadableBytes { bytes in
      let bound = LZ4F_compressFrameBound(bytes.count, &preferences)
      _ = output.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { free in
        code = LZ4F_compressFrame(free.baseAddress, free.count, bytes.baseAddress, bytes.count, &preferences)
        return LZ4F_isError(code) == 0 ? code : 0
      }
    }
    guard LZ4F_isError(code) == 0 else { throw .unavailable(.lz4, String(cString: LZ4F_getErrorName(code))) }
    // A whole frame: without its header and its end (four zeros) it is the block.
    output.moveReaderIndex(forwardBy: Self.header.count)
    output.moveWriterIndex(to: output.writerIndex - 4)
    return EncodedChunk(bytes: output, length: chunk.readableBytes)
  }

  func makeJoiner() -> any ChunkJoiner { Joiner() }

  private struct Joiner: ChunkJoiner {
    private var hasBegun = false

    private mutating func begin(_ output: inout ByteBuffer) {
      if hasBegun { return }
      hasBegun = true
      output.writeBytes(LZ4Format.header)
    }

    mutating func append(_ chunk: EncodedChunk, to output: inout ByteBuffer) {
      begin(&output)
      output.writeImmutableBuffer(chunk.bytes)
    }

    mutating func finish(into output: inout ByteBuffer) {
      begin(&output)
      output.writeInteger(UInt32(0))
    }
  }
}

/// Reads any number of frames.
final class LZ4Decoder: StreamDecoder {
  private let context: OpaquePointer
  private var isBetweenFrames = false

  init() throws(CompressionError) {
    var context: OpaquePointer?
    guard LZ4F_isError(LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))) == 0, let context else {
      throw .unavailable(.lz4, "there is no memory left")
    }
    self.context = context
  }

  deinit { LZ4F_freeDecompressionContext(context) }

  func decode(
    _ input: UnsafeRawBufferPointer, into output: inout ByteBuffer, space: Int
  ) throws(CompressionError) -> Int {
    if input.isEmpty && isBetweenFrames { return 0 }
    var taken = input.count
    var code = 0
    var written = 0
    output.writeWithUnsafeMutableBytes(minimumWritableBytes: space) { free in
      written = min(free.count, space)
      code = LZ4F_decompress(context, free.baseAddress, &written, input.baseAddress, &taken, nil)
      return LZ4F_isError(code) == 0 ? written : 0
    }
    guard LZ4F_isError(code) == 0 else { throw .corrupt(.lz4, String(cString: LZ4F_getErrorName(code))) }
    if taken > 0 || written > 0 { isBetweenFrames = code == 0 }
    return taken
  }

  func finish(into output: inout ByteBuffer, space: Int) throws(CompressionError) {
    guard isBetweenFrames else { throw .truncated(.lz4) }
  }
}
