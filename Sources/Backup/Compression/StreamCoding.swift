import NIOCore

/// A format that is compressed from its beginning to its end by one state of its library.
protocol StreamEncoder: AnyObject {
  /// Takes all of the input and appends what comes of it so far.
  func encode(_ input: UnsafeRawBufferPointer, into output: inout ByteBuffer) throws(CompressionError)
  func finish(into output: inout ByteBuffer) throws(CompressionError)
}

/// A format being decompressed.
protocol StreamDecoder: AnyObject {
  /// Takes a part of the input, or all, and appends at most `space` bytes. Where it does neither it needs more input.
  ///
  /// - Returns: how many bytes of the input it took.
  func decode(
    _ input: UnsafeRawBufferPointer, into output: inout ByteBuffer, space: Int
  ) throws(CompressionError) -> Int
  /// No more input comes. Appends at most `space` bytes of what is left.
  ///
  /// - Throws: ``CompressionError/truncated(_:)`` where the end is missing.
  func finish(into output: inout ByteBuffer, space: Int) throws(CompressionError)
}

extension StreamDecoder {
  func finish(into output: inout ByteBuffer, space: Int) throws(CompressionError) {}
}

/// A format whose chunks are compressed apart from each other, and so on several processors, and joined to one stream.
///
/// One stream, because Barman's readers (Python's `tarfile` in its stream modes, `lz4.frame`) stop at the end of the
/// first: of gzip members, bzip2 streams or lz4 frames put one behind the other they would see the first alone.
protocol ChunkFormat: Sendable {
  /// No chunk has more bytes.
  var chunkSize: Int { get }
  /// - Parameter previous: the chunk before, which some formats refer back to.
  func encode(_ chunk: ByteBuffer, after previous: ByteBuffer?) throws(CompressionError) -> EncodedChunk
  func makeJoiner() -> any ChunkJoiner
}

/// A chunk on its way into the stream.
struct EncodedChunk: Sendable {
  var bytes: ByteBuffer
  /// Of the uncompressed chunk, in bytes.
  var length: Int
  /// What the format needs for its end.
  var checksum: UInt32 = 0
}

/// Puts chunks together, in order.
protocol ChunkJoiner {
  mutating func append(_ chunk: EncodedChunk, to output: inout ByteBuffer) throws(CompressionError)
  mutating func finish(into output: inout ByteBuffer)
}

/// How each format is compressed.
enum CompressionMethod {
  case copy
  case chunks(any ChunkFormat)
  case stream(any StreamEncoder)

  /// - Parameter threads: for libraries that have threads of their own.
  init(_ compression: Compression, level: Int?, threads: Int) throws(CompressionError) {
    switch compression {
    case .none: self = .copy
    case .gzip: self = .chunks(GzipFormat(level: level))
    case .bzip2: self = .chunks(Bzip2Format(level: level))
    case .snappy: self = .chunks(SnappyFormat())
    case .lz4: self = .chunks(LZ4Format(level: level))
    case .xz: self = .stream(try XZEncoder(level: level))
    case .zstd: self = .stream(try ZstandardEncoder(level: level, threads: threads))
    }
  }
}
