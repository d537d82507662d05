import NIOCore

/// The inbound side of a connection, shared by the connection's own loop and the handler that reads a body.
actor ConnectionInput {
  private var iterator: NIOAsyncChannelInboundStream<InboundPart>.AsyncIterator?
  private let sendContinue: @Sendable () async throws -> Void
  private var expectsContinue = false
  /// Whether the current request's body has been read to its end.
  private(set) var bodyIsComplete = true

  init(
    _ iterator: sending NIOAsyncChannelInboundStream<InboundPart>.AsyncIterator,
    sendContinue: @escaping @Sendable () async throws -> Void
  ) {
    self.iterator = iterator
    self.sendContinue = sendContinue
  }

  /// The next part; nil once the peer has ended its direction.
  func next() async throws -> InboundPart? {
    // Taken out while it waits: a second reader at the same time is a mistake of the handler and gets an error.
    guard var taken = iterator.take() else { throw RequestBodyError.incomplete }
    let part = try await taken.next(isolation: self)
    iterator = taken
    return part
  }

  func beginBody(expectsContinue: Bool) {
    bodyIsComplete = false
    self.expectsContinue = expectsContinue
  }

  /// Forgets that the client waits to be told to send its body: it gets its answer instead.
  func answered() { expectsContinue = false }

  /// The next piece of the body, nil at its end.
  func nextBodyChunk() async throws -> ByteBuffer? {
    guard !bodyIsComplete else { return nil }
    if expectsContinue {
      expectsContinue = false
      try await sendContinue()
    }
    switch try await next() {
    case .body(let bytes): return bytes
    case .end:
      bodyIsComplete = true
      return nil
    default:
      try Task.checkCancellation()
      throw RequestBodyError.incomplete
    }
  }

  /// Waits until the connection is closed; what still arrives is dropped.
  func waitForEnd() async throws { while try await next() != nil {} }

  /// Reads what is left of the body.
  ///
  /// - Returns: whether its end came within `limit` bytes.
  func drainBody(limit: Int) async throws -> Bool {
    var left = limit
    while let chunk = try await nextBodyChunk() {
      left -= chunk.readableBytes
      if left < 0 { return false }
    }
    return true
  }
}
