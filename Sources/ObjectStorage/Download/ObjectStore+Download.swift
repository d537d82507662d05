import NIOCore

extension ObjectStore {
  /// Reads an object from a byte on, whatever happens to the connection: where it breaks the rest is asked for again.
  ///
  /// The content ends only after exactly the object's size has come. It throws ``ObjectStorageError/corrupted(_:)`` where the
  /// object was replaced meanwhile, and where a whole object does not have the checksum that the service keeps.
  ///
  /// - Throws: ``ObjectStorageError/notFound(_:)`` where there is none.
  public func download(_ key: ObjectKey, from offset: Int64 = 0) async throws -> ObjectContent {
    let content = try await read(key, from: offset)
    return ObjectContent(content.information, from: offset, bytes: ResumingBody(store: self, first: content))
  }
}

/// The bytes of an object over as many connections as it takes.
struct ResumingBody: AsyncSequence, Sendable {
  typealias Element = ByteBuffer

  let store: any ObjectStore
  let first: ObjectContent

  func makeAsyncIterator() -> AsyncIterator { AsyncIterator(store: store, first: first) }

  struct AsyncIterator: AsyncIteratorProtocol {
    /// Without a byte in between. Each try has the driver's own retries behind it.
    private static let tries = 5

    private let store: any ObjectStore
    private let information: ObjectInformation
    private var body: ObjectContent.AsyncIterator
    private var position: Int64
    private var verification: ChecksumVerification?
    private var failures = 0

    init(store: any ObjectStore, first: ObjectContent) {
      self.store = store
      information = first.information
      body = first.makeAsyncIterator()
      position = first.offset
      verification = first.offset == 0 ? first.information.checksum.map { ChecksumVerification($0) } : nil
    }

    mutating func next() async throws -> ByteBuffer? {
      while true {
        let fault: String
        do {
          if let bytes = try await body.next() {
            guard bytes.readableBytes > 0 else { continue }
            return try pass(bytes)
          }
          if position == information.size {
            try verify()
            return nil
          }
          fault = "the answer ended \(information.size - position) bytes too early"
        } catch let error as ObjectStorageError where !error.isTransient {
          throw error
        } catch {
          if error is CancellationError || Task.isCancelled { throw CancellationError() }
          fault = "\(error)"
        }
        try await resume(after: fault)
      }
    }

    private mutating func pass(_ bytes: ByteBuffer) throws -> ByteBuffer {
      failures = 0
      position += Int64(bytes.readableBytes)
      guard position <= information.size else {
        throw ObjectStorageError.corrupted("More of object \(information.key) came than its \(information.size) bytes.")
      }
      verification?.add(bytes)
      return bytes
    }

    private func verify() throws {
      guard verification?.isRight != false else {
        throw ObjectStorageError.corrupted(
          "Object \(information.key) of \(store.location) does not have the checksum that the service keeps for it.")
      }
    }

    private mutating func resume(after fault: String) async throws {
      failures += 1
      guard failures < Self.tries else { throw ObjectStorageError.unavailable(service: store.location, text: fault) }
      // Everything has come, only the end of the answer has not.
      if position == information.size {
        body = ObjectContent(information, from: position, bytes: NoBytes()).makeAsyncIterator()
        return
      }
      if failures > 1 { try await Task.sleep(for: RetryPolicy().pause(afterFailures: failures)) }
      let content = try await store.read(information.key, from: position)
      guard content.information.tag == information.tag, content.information.size == information.size else {
        throw ObjectStorageError.corrupted("Object \(information.key) was replaced while it was read.")
      }
      body = content.makeAsyncIterator()
    }
  }
}

/// Nothing comes.
struct NoBytes: AsyncSequence, Sendable {
  func makeAsyncIterator() -> AsyncIterator { AsyncIterator() }

  struct AsyncIterator: AsyncIteratorProtocol {
    mutating func next() async throws -> ByteBuffer? { nil }
  }
}
