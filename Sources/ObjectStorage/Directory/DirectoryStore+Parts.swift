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
    let file = try unfinished.begin(number, of: object)
    try await run { try file.append(bytes) }
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
    /// Of parts that were begun.
    var count = 0
  }

  private let files = Mutex<[String: Progress]>([:])

  func add(_ file: TemporaryFile) { files.withLock { $0[file.name] = Progress(file: file) } }

  /// A part is written only behind the one before it. One that failed ends the file: nobody knows how much of it is there.
  func begin(_ number: Int, of object: PartedObject) throws(ObjectStorageError) -> TemporaryFile {
    let file = files.withLock { files -> TemporaryFile? in
      guard let progress = files[object.id], number == progress.count + 1 else { return nil }
      files[object.id]?.count = number
      return progress.file
    }
    guard let file else {
      throw .failed(service: "the directory", status: 400, text: "part \(number) of \(object.key) is not the next one")
    }
    return file
  }

  func complete(_ parts: [WrittenPart], of object: PartedObject) throws(ObjectStorageError) -> TemporaryFile {
    guard let progress = files.withLock({ $0[object.id] }), parts.map(\.number) == Array(1..<progress.count + 1) else {
      throw .failed(service: "the directory", status: 400, text: "the parts of \(object.key) are not those written")
    }
    return progress.file
  }

  @discardableResult
  func remove(_ object: PartedObject) -> TemporaryFile? { files.withLock { $0.removeValue(forKey: object.id)?.file } }
}
