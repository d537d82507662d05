import NIOCore
import Processes
import Synchronization

/// Compresses a stream away from the tasks' own threads. One piece at a time, in the order of the calls.
final class CompressionStage: Sendable {
  private let compressor: Mutex<Compressor>

  init(_ compression: Compression, level: Int? = nil) throws(CompressionError) {
    compressor = Mutex(try Compressor(compression, level: level))
  }

  /// Returns what came of it, which may be nothing yet.
  func add(_ bytes: ByteBuffer) async throws -> ByteBuffer {
    try await Blocking.run {
      var output = ByteBuffer()
      try self.compressor.withLock { try $0.compress(bytes, into: &output) }
      return output
    }
  }

  /// The last bytes, and the end of the stream.
  func finish(_ bytes: ByteBuffer) async throws -> ByteBuffer {
    try await Blocking.run {
      var output = ByteBuffer()
      try self.compressor.withLock { compressor in
        try compressor.compress(bytes, into: &output)
        try compressor.finish(into: &output)
      }
      return output
    }
  }
}
