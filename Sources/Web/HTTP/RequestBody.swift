import NIOCore

/// Why a body cannot be read.
public enum RequestBodyError: Error, Sendable, Equatable, CustomStringConvertible {
  /// More bytes than allowed; answer 413.
  case tooLarge(limit: Int)
  /// The client went away or sent something that is not HTTP.
  case incomplete

  public var description: String {
    switch self {
    case .tooLarge(let limit): "the request's body is larger than \(limit) bytes"
    case .incomplete: "the request's body ended too early"
    }
  }
}

/// The body of a request, read as it arrives: the client is slowed down to the reader's pace.
///
/// It can be read once, by one task at a time, until the handler has returned its response.
public struct RequestBody: AsyncSequence, Sendable {
  let input: ConnectionInput
  let limit: Int

  public struct AsyncIterator: AsyncIteratorProtocol {
    let input: ConnectionInput
    let limit: Int
    var received = 0

    /// - Throws: ``RequestBodyError``, or `CancellationError` once the client is gone.
    public mutating func next() async throws -> ByteBuffer? {
      guard let chunk = try await input.nextBodyChunk() else { return nil }
      received += chunk.readableBytes
      guard received <= limit else { throw RequestBodyError.tooLarge(limit: limit) }
      return chunk
    }
  }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(input: input, limit: limit) }

  func collect(upTo limit: Int) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    for try await chunk in self {
      guard bytes.count + chunk.readableBytes <= limit else { throw RequestBodyError.tooLarge(limit: limit) }
      bytes.append(contentsOf: chunk.readableBytesView)
    }
    return bytes
  }
}
