import NIOCore
import ObjectStorage

/// The backups of one server in an object store.
public struct Catalogue: Sendable {
  public let store: any ObjectStore
  public let layout: ObjectLayout

  public init(store: any ObjectStore, server: String) {
    self.store = store
    layout = ObjectLayout(server: server)
  }

  /// A `backup.info` is some kilobytes; with a million tablespaces it is some megabytes.
  static let largestInfo = 64 << 20

  /// What the store has of backups.
  public struct Content: Sendable, Equatable {
    /// In order of time, in whatever state.
    public var backups: [BackupInfo]
    /// Those of which `backup.info` cannot be read, and why.
    public var unreadable: [BackupID: String]
    /// Folders with data and no `backup.info`: nobody can restore them.
    public var orphans: [BackupID]
  }

  /// Reads all there is.
  public func content() async throws -> Content {
    var content = Content(backups: [], unreadable: [:], orphans: [])
    for id in try await store.folders(layout.backups).compactMap({ BackupID($0) }).sorted() {
      do {
        if let info = try await info(id) { content.backups.append(info) } else { content.orphans.append(id) }
      } catch let error as BackupInfo.Malformed {
        content.unreadable[id] = error.description
      } catch ObjectStorageError.tooLarge {
        content.unreadable[id] = "it is larger than \(Self.largestInfo) bytes"
      }
    }
    return content
  }

  /// One backup; nil where there is no `backup.info`.
  ///
  /// - Throws: ``BackupInfo/Malformed``, `ObjectStorageError`.
  public func info(_ id: BackupID) async throws -> BackupInfo? {
    do {
      let bytes = try await store.download(try layout.info(id)).collect(limit: Self.largestInfo)
      return try BackupInfo(id: id, text: String(buffer: bytes))
    } catch ObjectStorageError.notFound { return nil }
  }

  /// Writes what is known of a backup now.
  public func save(_ info: BackupInfo, tags: [String: String] = [:], encryption: ServerSideEncryption? = nil)
    async throws
  {
    try await store.write(
      ByteBuffer(string: info.text), to: layout.info(info.id), options: WriteOptions(tags: tags, encryption: encryption)
    )
  }

  /// Whether, and how, retention does not apply to it; nil where it does.
  public func keep(_ id: BackupID) async throws -> KeepTarget? {
    do {
      let text = String(buffer: try await store.read(try layout.keep(id), from: 0).collect(limit: 1 << 10))
      return KeepTarget(rawValue: String(text.prefix { !$0.isNewline })) ?? .full
    } catch ObjectStorageError.notFound {
      return nil
    }
  }

  /// The objects with its files, each archive's parts in order.
  public func archives(of id: BackupID) async throws -> [BackupArchive] {
    try await store.objects(layout.folder(id)).compactMap { BackupArchive($0) }
      .sorted { ($0.name, $0.part) < ($1.name, $1.part) }
  }
}

/// What a kept backup is kept for: the content of `annotations/keep`. What is none of these counts as ``full``, as with Barman.
public enum KeepTarget: String, Sendable {
  /// Recovery to any moment since.
  case full
  /// Recovery to the backup itself, for which the log between its beginning and its end is enough.
  case standalone
}
