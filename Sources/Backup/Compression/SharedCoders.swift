import NIOCore
import Synchronization

/// An encoder that calls from different threads use, one after the other.
final class SharedEncoder: Sendable {
  private struct State { let encoder: any StreamEncoder }

  private let state: Mutex<State>

  init(_ encoder: sending any StreamEncoder) { state = Mutex(State(encoder: encoder)) }

  func encode(_ bytes: ByteBuffer) throws -> ByteBuffer {
    try state.withLock { state in
      var output = ByteBuffer()
      let encoder = state.encoder
      try bytes.withUnsafeReadableBytes { (bytes) throws(CompressionError) in try encoder.encode(bytes, into: &output) }
      return output
    }
  }

  func finish() throws -> ByteBuffer {
    try state.withLock { state in
      var output = ByteBuffer()
      try state.encoder.finish(into: &output)
      return output
    }
  }
}
