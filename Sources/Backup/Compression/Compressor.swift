import NIOCore

/// Compresses a stream of bytes, one piece after the other, on the thread that calls.
public struct Compressor {
  private enum State {
    case copy
    case chunks(any ChunkFormat, any ChunkJoiner)
    case stream(any StreamEncoder)
  }

  private var state: State
  /// What does not fill a chunk yet.
  private var rest = ByteBuffer()
  private var previous: ByteBuffer?

  /// - Parameter level: of the format's own; nil is the library's default.
  public init(_ compression: Compression, level: Int? = nil) throws(CompressionError) {
    state =
      switch try CompressionMethod(compression, level: level, threads: 0) {
      case .copy: .copy
      case .chunks(let format): .chunks(format, format.makeJoiner())
      case .stream(let encoder): .stream(encoder)
      }
  }

  /// Takes all of the bytes; what comes of them may still be held back.
  public mutating func compress(_ bytes: ByteBuffer, into output: inout ByteBuffer) throws(CompressionError) {
    switch state {
    case .copy: output.writeImmutableBuffer(bytes)
    case .stream(let encoder):
      try bytes.withUnsafeReadableBytes { (bytes) throws(CompressionError) in try encoder.encode(bytes, into: &output) }
    case .chunks(let format, var joiner):
      rest.writeImmutableBuffer(bytes)
      while rest.readableBytes >= format.chunkSize, let chunk = rest.readSlice(length: format.chunkSize) {
        try joiner.append(try format.encode(chunk, after: previous), to: &output)
        previous = chunk
      }
      rest.discardReadBytes()
      state = .chunks(format, joiner)
    }
  }

  /// Ends the stream.
  public mutating func finish(into output: inout ByteBuffer) throws(CompressionError) {
    switch state {
    case .copy: break
    case .stream(let encoder): try encoder.finish(into: &output)
    case .chunks(let format, var joiner):
      if rest.readableBytes > 0 { try joiner.append(try format.encode(rest, after: previous), to: &output) }
      joiner.finish(into: &output)
      rest.clear()
      state = .chunks(format, joiner)
    }
  }
}
