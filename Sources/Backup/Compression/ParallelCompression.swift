import NIOCore
import Processes

/// Compresses a stream of bytes with several threads.
///
/// Memory: so many chunks as there are threads, and two, before and after.
public struct ParallelCompression: Sendable {
  public let compression: Compression
  /// Of the format's own; nil is the library's default.
  public let level: Int?
  public let threads: Int

  public init(_ compression: Compression, level: Int? = nil, threads: Int) {
    self.compression = compression
    self.level = level
    self.threads = max(1, threads)
  }

  /// - Parameters:
  ///   - next: the bytes, in pieces of about a megabyte; nil at the end. It is called ahead of what is written.
  ///   - write: is given the compressed bytes, in order.
  /// - Throws: ``CompressionError``, and what the two throw.
  public func run(
    isolation: isolated (any Actor)? = #isolation, next: () async throws -> ByteBuffer?,
    write: (ByteBuffer) async throws -> Void
  ) async throws {
    switch try CompressionMethod(compression, level: level, threads: threads) {
    case .copy: while let bytes = try await next() { try await write(bytes) }
    case .chunks(let format): try await run(format, next: next, write: write)
    case .stream(let encoder):
      let encoder = SharedEncoder(encoder)
      while let bytes = try await next() {
        let output = try await Blocking.run { try encoder.encode(bytes) }
        if output.readableBytes > 0 { try await write(output) }
      }
      try await write(try await Blocking.run { try encoder.finish() })
    }
  }

  private func run(
    _ format: any ChunkFormat, isolation: isolated (any Actor)? = #isolation, next: () async throws -> ByteBuffer?,
    write: (ByteBuffer) async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: (Int, EncodedChunk).self) { group in
      var joiner = format.makeJoiner()
      var done: [Int: EncodedChunk] = [:]
      var begun = 0
      var written = 0
      var previous: ByteBuffer?
      var chunks: [ByteBuffer] = []
      var isAtEnd = false
      while true {
        while begun - written < threads + 2 {
          if chunks.isEmpty, !isAtEnd {
            if let piece = try await next() {
              chunks = Self.chunks(of: piece, format.chunkSize)
            } else {
              isAtEnd = true
            }
          }
          guard let chunk = chunks.popLast() else {
            if isAtEnd { break }
            continue
          }
          let (number, before) = (begun, previous)
          group.addTask { (number, try await Blocking.run { try format.encode(chunk, after: before) }) }
          previous = chunk
          begun += 1
        }
        guard let (number, chunk) = try await group.next() else { break }
        done[number] = chunk
        while let chunk = done.removeValue(forKey: written) {
          written += 1
          var output = ByteBuffer()
          try joiner.append(chunk, to: &output)
          try await write(output)
        }
      }
      var output = ByteBuffer()
      joiner.finish(into: &output)
      try await write(output)
    }
  }

  /// Cuts a piece into chunks of about the same size, none larger than allowed; the first comes last.
  private static func chunks(of piece: ByteBuffer, _ size: Int) -> [ByteBuffer] {
    var rest = piece
    var chunks: [ByteBuffer] = []
    var count = (piece.readableBytes + size - 1) / size
    while count > 0, let chunk = rest.readSlice(length: rest.readableBytes / count) {
      chunks.append(chunk)
      count -= 1
    }
    return chunks.reversed()
  }
}
