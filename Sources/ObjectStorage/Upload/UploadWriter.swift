import NIOCore

/// Takes the content of an object that is being uploaded.
public struct UploadWriter: Sendable {
  let take: @Sendable (ByteBuffer) async throws -> Void

  /// Adds bytes; waits while as many parts as are allowed at once are on their way. One call after the other, since their
  /// order is that of the object.
  ///
  /// - Throws: ``ObjectStorageError`` as soon as one of the parts could not be written, `CancellationError`.
  public func write(_ bytes: ByteBuffer) async throws { try await take(bytes) }
}
