import NIOCore
import NIOHTTP1

/// The inbound side of a connection: the next request, and the body of the current one, read as it arrives.
///
/// Not sendable on purpose: it belongs to the connection's task.
struct BodyReader {
  private var iterator: NIOAsyncChannelInboundStream<ServicePart>.AsyncIterator?
  private let outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>?
  private var expectsContinue = false
  private(set) var isComplete = true

  /// The body ended before it was whole: the client is gone.
  struct Incomplete: Error {}

  init(
    _ iterator: NIOAsyncChannelInboundStream<ServicePart>.AsyncIterator,
    _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
  ) {
    self.iterator = iterator
    self.outbound = outbound
  }

  /// The body of a request that has none.
  private init() {
    iterator = nil
    outbound = nil
  }

  static var empty: BodyReader { BodyReader() }

  /// The next part of the connection; nil once the client has ended it.
  mutating func nextPart() async throws -> ServicePart? { try await iterator?.next() }

  mutating func begin(_ head: HTTPRequestHead) {
    isComplete = false
    expectsContinue = head.headers["expect"].contains { $0.lowercased() == "100-continue" }
  }

  /// The next piece of the body, nil at its end.
  mutating func next() async throws -> ByteBuffer? {
    guard !isComplete else { return nil }
    if expectsContinue {
      expectsContinue = false
      try await outbound?.write(.head(HTTPResponseHead(version: .http1_1, status: .continue)))
    }
    switch try await nextPart() {
    case .body(let piece): return piece
    case .end:
      isComplete = true
      return nil
    default: throw Incomplete()
    }
  }

  /// The whole body.
  ///
  /// - Throws: ``StorageError/requestBodyTooLarge`` where it is longer than `limit` bytes.
  mutating func collect(upTo limit: Int) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    while let piece = try await next() {
      guard bytes.count + piece.readableBytes <= limit else { throw StorageError.requestBodyTooLarge }
      bytes.append(contentsOf: piece.readableBytesView)
    }
    return bytes
  }

  /// Reads and drops what is left of the body, so that the client, which may send it all before it looks for an answer,
  /// gets to see one.
  ///
  /// - Returns: whether its end came within `limit` bytes.
  mutating func drain(limit: Int) async throws -> Bool {
    // Who waits to be told to go on is told the answer instead, and does not send the body.
    guard !expectsContinue || isComplete else { return false }
    var left = limit
    while let piece = try await next() {
      left -= piece.readableBytes
      if left < 0 { return false }
    }
    return true
  }
}
