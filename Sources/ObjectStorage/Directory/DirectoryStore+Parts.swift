import NIOCore
import Processes
import Synchronization

extension DirectoryStore {
  public func beginParts(of key: ObjectKey, options: WriteOptions) async throws -> PartedObject {
    try Self.requireVisible(key)
    let file = try await run { [tree] in try tree.createTemporary(for: key) }
    unfinished.add(file)
    return PartedObject(key: key, id: file.name, options: options)
  }

  public func writePart(_ bytes: ByteBuffer, number: Int, of object: PartedObject) async throws -> WrittenPart {
    let (file, size) = try unfinished.begin(number, of: object)
    try await run {
      // Half of it may have been written before.
      try file.truncate(to: size)
      try file.append(bytes)
    }
    unfinished.end(number, at: size + Int64(bytes.readableBytes), of: object)
    return WrittenPart(number: number, tag: String(number))
  }

  public func completeParts(_ parts: [WrittenPart], of object: PartedObject) async throws {
    let file = try unfinished.complete(parts, of: object)
    try await run { try file.publish() }
    unfinished.remove(object)
  }

  public func abandonParts(of object: PartedObject) async throws {
    guard let file = unfinished.remove(object) else { return }
    try await run { file.discard() }
  }
}

/// The files that this process is writing, by their hidden names. After a crash nobody goes on with them.
final class UnfinishedFiles: Sendable {
  private struct Progress {
    let file: TemporaryFile
    /// Where each part that is written ends.
    var ends: [Int64] = []
  }

  private let files = Mutex<[String: Progress]>([:])

  func add(_ file: TemporaryFile) { files.withLock { $0[file.name] = Progress(file: file) } }

  /// Where the part goes: behind the one before it, or again in its own place.
  func begin(_ number: Int, of object: PartedObject) throws(ObjectStorageError) -> (TemporaryFile, Int64) {
    let found = files.withLock { files -> (TemporaryFile, Int64)? in
      guard let progress = files[object.id], number >= 1, number <= progress.ends.count + 1 else { return nil }
      files[object.id]?.ends.removeSubrange((number - 1)...)
      return (progress.file, number == 1 ? 0 : progress.ends[number - 2])
    }
    guard let found else {
      throw .failed(service: "the directory", status: 400, text: "part \(number) of \(object.key) is not the next one")
    }
    return found
  }

  func end(_ number: Int, at size: Int64, of object: PartedObject) {
    files.withLock { $0[object.id]?.ends.append(size) }
  }

  func complete(_ parts: [WrittenPart], of object: PartedObject) throws(ObjectStorageError) -> TemporaryFile {
    let progress = files.withLock { $0[object.id] }
    guard let progress, parts.map(\.number) == Array(1..<progress.ends.count + 1) else {
      throw .failed(service: "the directory", status: 400, text: "the parts of \(object.key) are not those written")
    }
    return progress.file
  }

  @discardableResult
  func remove(_ object: PartedObject) -> TemporaryFile? { files.withLock { $0.removeValue(forKey: object.id)?.file } }
}
