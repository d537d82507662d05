import Glibc
import NIOCore
import ObjectStorage
import PostgreSQL
import Processes

extension WALArchive {
  /// Largest file: a segment of PostgreSQL's largest size.
  private static let largestFile = 1 << 30

  /// Puts a file at a path: whole, or not at all. It is not waited for the disk: recovery does that itself when it takes the
  /// file over.
  ///
  /// Where a segment is missing that was left in the middle, its beginning (`.partial`) takes its place, as with Barman: all
  /// there is of the timeline's end.
  ///
  /// - Returns: false where the archive does not have it.
  /// - Throws: ``WALArchiveError/damaged(_:_:)`` for what is not what was stored; `ObjectStorageError` where nobody knows.
  public func fetch(_ name: WALFileName, to path: String) async throws -> Bool {
    guard let (key, bytes) = try await contents(of: name) else { return false }
    if name.kind == .segment {
      guard let header = WALSegmentHeader(bytes.readableBytesView) else {
        throw WALArchiveError.damaged(key.text, "it does not begin like a segment")
      }
      if let fault = name.fault(of: header, size: bytes.readableBytes, system: nil) {
        throw WALArchiveError.damaged(key.text, fault)
      }
    }
    try await Blocking.run { try Self.write(bytes, to: path) }
    return true
  }

  /// The text of a history or of a note; nil where there is none.
  public func text(of name: WALFileName) async throws -> String? {
    try await contents(of: name).map { String(buffer: $0.bytes) }
  }

  func contents(of name: WALFileName) async throws -> (key: ObjectKey, bytes: ByteBuffer)? {
    // Most often it is stored as one would now, and there with one request instead of two.
    if let bytes = try await read(try key(name, settings.compression), settings.compression) {
      return (try key(name, settings.compression), bytes)
    }
    if let (object, compression) = try await find(name), let bytes = try await read(object.key, compression) {
      return (object.key, bytes)
    }
    guard name.kind == .segment, let partial = WALFileName("\(name).partial") else { return nil }
    guard let (object, compression) = try await find(partial), let bytes = try await read(object.key, compression)
    else {
      return nil
    }
    return (object.key, bytes)
  }

  private func read(_ key: ObjectKey, _ compression: Compression) async throws -> ByteBuffer? {
    do {
      let stored = try await store.download(key).collect(limit: Self.largestFile)
      return try await Blocking.run {
        do { return try compression.decompress(stored, limit: Self.largestFile) } catch {
          throw WALArchiveError.damaged(key.text, "\(error)")
        }
      }
    } catch ObjectStorageError.notFound { return nil }
  }

  private static func write(_ bytes: ByteBuffer, to path: String) throws {
    let temporary = path + ".new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemError("create \(temporary)") }
    defer { close(descriptor) }
    var rest = bytes.readableBytesView
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        let error = SystemError("write \(temporary)")
        unlink(temporary)
        throw error
      }
      rest = rest.dropFirst(count)
    }
    guard rename(temporary, path) == 0 else { throw SystemError("rename \(temporary) to \(path)") }
  }
}
