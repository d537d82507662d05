import NIOCore

/// Decompresses a stream of bytes. However much a few bytes expand to, it comes in pieces of a bounded size.
///
///     decompressor.feed(bytes)
///     while let piece = try decompressor.next() { … }
///
/// and, once everything was fed, the same with ``finish()``, which also finds out whether the end is missing.
public struct Decompressor {
  /// Bytes of a piece at most.
  public static let pieceSize = 256 << 10

  private let compression: Compression
  private let limit: Int64
  private let decoder: any StreamDecoder
  private var input = ByteBuffer()
  private var produced: Int64 = 0

  /// - Parameter limit: more bytes than that are an error; what holds them is never that large.
  public init(_ compression: Compression, limit: Int64 = .max) throws(CompressionError) {
    self.compression = compression
    self.limit = limit
    decoder =
      switch compression {
      case .none: CopyDecoder()
      case .gzip: try GzipDecoder()
      case .bzip2: Bzip2Decoder()
      case .xz: try XZDecoder()
      case .snappy: SnappyDecoder()
      case .lz4: try LZ4Decoder()
      case .zstd: try ZstandardDecoder()
      }
  }

  public mutating func feed(_ bytes: ByteBuffer) {
    if input.readableBytes == 0 { input = bytes } else { input.writeImmutableBuffer(bytes) }
  }

  /// The next piece of what was fed; nil where more has to be fed first.
  public mutating func next() throws(CompressionError) -> ByteBuffer? {
    var output = ByteBufferAllocator().buffer(capacity: Self.pieceSize)
    while output.readableBytes < Self.pieceSize {
      let before = output.readableBytes
      let decoder = decoder
      let taken = try input.withUnsafeReadableBytes { (bytes) throws(CompressionError) in
        try decoder.decode(bytes, into: &output, space: Self.pieceSize - before)
      }
      input.moveReaderIndex(forwardBy: taken)
      if taken == 0 && output.readableBytes == before { break }
    }
    return try counted(output)
  }

  /// What is left at the end; to be called until it returns nil.
  ///
  /// - Throws: ``CompressionError/truncated(_:)`` where the end is missing.
  public mutating func finish() throws(CompressionError) -> ByteBuffer? {
    if let piece = try next() { return piece }
    if input.readableBytes > 0 { throw .truncated(compression) }
    var output = ByteBufferAllocator().buffer(capacity: Self.pieceSize)
    try decoder.finish(into: &output, space: Self.pieceSize)
    return try counted(output)
  }

  private mutating func counted(_ output: ByteBuffer) throws(CompressionError) -> ByteBuffer? {
    produced += Int64(output.readableBytes)
    if produced > limit { throw .tooLarge(compression, limit: limit) }
    return output.readableBytes > 0 ? output : nil
  }
}

/// What is not compressed.
final class CopyDecoder: StreamDecoder {
  func decode(
    _ input: UnsafeRawBufferPointer, into output: inout ByteBuffer, space: Int
  ) throws(CompressionError) -> Int {
    output.writeBytes(UnsafeRawBufferPointer(rebasing: input.prefix(space)))
    return min(input.count, space)
  }
}
