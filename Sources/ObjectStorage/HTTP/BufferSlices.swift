import NIOCore

/// The bytes of a buffer in pieces, so that TLS never encrypts more of a large part than the connection takes.
struct BufferSlices: AsyncSequence, Sendable {
  static let size = 256 << 10

  let buffer: ByteBuffer

  func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: buffer) }

  struct AsyncIterator: AsyncIteratorProtocol {
    var rest: ByteBuffer

    mutating func next() async -> ByteBuffer? {
      guard rest.readableBytes > 0 else { return nil }
      return rest.readSlice(length: Swift.min(rest.readableBytes, BufferSlices.size))
    }
  }
}
