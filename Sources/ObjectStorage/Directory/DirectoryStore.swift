import Glibc
import NIOCore
import Processes

/// A directory as an object store: `file:///path`, for a network file system or a single machine.
///
/// What is written is on disk when the call returns: the file is flushed, then renamed, then its folder is flushed. Until then
/// it has a hidden name beside the final one; hidden files are not objects and are never listed. Links below the root are not
/// followed, whatever they point to. Tags and encryption have no effect.
///
/// Parts are written one after the other at the end of the hidden file, so that finishing costs a rename, not a copy.
public final class DirectoryStore: ObjectStore {
  public let location: String
  let tree: FileTree
  let unfinished = UnfinishedFiles()

  /// - Parameter path: absolute. It is made when something is first written.
  public init(_ path: String) throws(ObjectStorageError) {
    guard path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
      throw .invalidAddress(path, reason: "a directory must be given as file:///absolute/path")
    }
    tree = FileTree(root: path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path)
    location = "file://\(tree.root)"
  }

  public var partLimits: PartLimits {
    PartLimits(minimum: 1, maximum: 1 << 30, count: 1_000_000_000, areInOrder: true)
  }

  public func information(of key: ObjectKey) async throws -> ObjectInformation? {
    guard Self.isVisible(key) else { return nil }
    return try await run { [tree] in
      guard let file = try tree.openFile(key) else { return nil }
      return try file.information(key)
    }
  }

  public func read(_ key: ObjectKey, from offset: Int64) async throws -> ObjectContent {
    guard Self.isVisible(key) else { throw ObjectStorageError.notFound(key) }
    let (file, information) = try await run { [tree] in
      guard let file = try tree.openFile(key) else { throw ObjectStorageError.notFound(key) }
      return (file, try file.information(key))
    }
    guard (0...information.size).contains(offset) else {
      throw ObjectStorageError.failed(
        service: location, status: 416, text: "\(key) has \(information.size) bytes, byte \(offset) was asked for")
    }
    return ObjectContent(
      information, from: offset,
      bytes: FileBytes(file: file, offset: offset, size: information.size, location: location))
  }

  public func write(_ bytes: ByteBuffer, to key: ObjectKey, options: WriteOptions) async throws {
    try Self.requireVisible(key)
    try await run { [tree] in
      let file = try tree.createTemporary(for: key)
      do {
        try file.append(bytes)
        try file.publish()
      } catch {
        file.discard()
        throw error
      }
    }
  }

  public func delete(_ keys: [ObjectKey]) async throws {
    try await run { [tree] in
      for key in keys where Self.isVisible(key) { try tree.remove(key) }
    }
  }

  public func list(_ prefix: String, isFlat: Bool, after token: String?) async throws -> ObjectListing {
    try await run { [tree] in try FileListing(tree: tree, prefix: prefix, isFlat: isFlat, after: token).page() }
  }

  public func shutdown() async {}

  /// Runs file operations off the tasks' own threads, and puts their errors into words.
  func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    do {
      return try await Blocking.run(body)
    } catch let error as SystemError {
      throw ObjectStorageError.failed(service: location, status: 500, text: error.description)
    }
  }

  static func isVisible(_ key: ObjectKey) -> Bool { !key.text.split(separator: "/").contains { $0.hasPrefix(".") } }

  static func requireVisible(_ key: ObjectKey) throws(ObjectStorageError) {
    guard isVisible(key) else {
      throw .invalidName(key.text, reason: "in a directory, names that begin with a dot are for unfinished files")
    }
  }
}
