import NIOCore

/// An object that is being read: what it is, and its bytes as they arrive.
public struct ObjectContent: AsyncSequence, Sendable {
  public typealias Element = ByteBuffer

  public let information: ObjectInformation
  /// The number of the first byte that comes.
  public let offset: Int64
  private let start: @Sendable () -> AsyncIterator

  /// - Parameter bytes: ends after the object's last byte, or throws.
  public init<Bytes: AsyncSequence & Sendable>(_ information: ObjectInformation, from offset: Int64 = 0, bytes: Bytes)
  where Bytes.Element == ByteBuffer {
    self.information = information
    self.offset = offset
    start = {
      var iterator = bytes.makeAsyncIterator()
      return AsyncIterator { try await iterator.next() }
    }
  }

  public func makeAsyncIterator() -> AsyncIterator { start() }

  public struct AsyncIterator: AsyncIteratorProtocol {
    private let take: () async throws -> ByteBuffer?

    init(_ take: @escaping () async throws -> ByteBuffer?) { self.take = take }

    public mutating func next() async throws -> ByteBuffer? { try await take() }
  }

  /// All of it at once.
  ///
  /// - Throws: ``ObjectStorageError/tooLarge(_:limit:)`` where it is larger than `limit` bytes.
  public func collect(limit: Int) async throws -> ByteBuffer {
    guard information.size - offset <= Int64(limit) else {
      throw ObjectStorageError.tooLarge(information.key, limit: limit)
    }
    var all = ByteBuffer()
    for try await var bytes in self {
      all.writeBuffer(&bytes)
      if all.readableBytes > limit { throw ObjectStorageError.tooLarge(information.key, limit: limit) }
    }
    return all
  }
}
