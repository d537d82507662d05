import NIOCore

/// How an object of the archive is compressed. Its name tells by the suffix, nothing else does.
public enum Compression: String, Sendable, CaseIterable, CustomStringConvertible {
  case none
  case gzip
  case bzip2
  case xz
  case snappy
  case lz4
  case zstd

  /// What the name of the object ends in: `.gz`; empty for ``none``.
  public var suffix: String {
    switch self {
    case .none: ""
    case .gzip: ".gz"
    case .bzip2: ".bz2"
    case .xz: ".xz"
    case .snappy: ".snappy"
    case .lz4: ".lz4"
    case .zstd: ".zst"
    }
  }

  /// Takes the suffix off a name: `000000010000000000000005.gz` is that segment, as gzip.
  public static func split(_ name: Substring) -> (name: Substring, compression: Compression) {
    for compression in allCases where compression != .none && name.hasSuffix(compression.suffix) {
      return (name.dropLast(compression.suffix.count), compression)
    }
    return (name, .none)
  }

  /// As manifests call it.
  public var description: String { rawValue }
}

extension Compression {
  /// Compresses bytes that are in memory. It takes the processor for a while: use `Blocking.run`.
  ///
  /// - Parameter level: of the format's own; nil is the library's default.
  /// - Throws: ``CompressionError``.
  public func compress(_ bytes: ByteBuffer, level: Int? = nil) throws(CompressionError) -> ByteBuffer {
    if self == .none { return bytes }
    var compressor = try Compressor(self, level: level)
    var output = ByteBufferAllocator().buffer(capacity: bytes.readableBytes / 2)
    try compressor.compress(bytes, into: &output)
    try compressor.finish(into: &output)
    return output
  }

  /// Decompresses bytes that are in memory. It takes the processor for a while: use `Blocking.run`.
  ///
  /// - Parameter limit: the result has at most that many bytes.
  /// - Throws: ``CompressionError``.
  public func decompress(_ bytes: ByteBuffer, limit: Int) throws(CompressionError) -> ByteBuffer {
    var decompressor = try Decompressor(self, limit: Int64(limit))
    decompressor.feed(bytes)
    var output = ByteBuffer()
    while var piece = try decompressor.next() { output.writeBuffer(&piece) }
    while var piece = try decompressor.finish() { output.writeBuffer(&piece) }
    return output
  }
}
