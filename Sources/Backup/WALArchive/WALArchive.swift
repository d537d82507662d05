import NIOCore
import ObjectStorage
import PostgreSQL

/// The write-ahead log of one server in an object store, in Barman's layout: `SERVER/wals/0000000100000000/NAME.gz`, histories
/// directly below `wals/`.
///
/// A file is in the archive once ``upload(_:from:of:)`` has returned: the store has confirmed it whole.
public struct WALArchive: Sendable {
  /// Where an archive is; two of the same place are the same.
  public struct Place: Sendable, Hashable, CustomStringConvertible {
    public var location: String
    public var server: String

    public var description: String { "\(location)/\(server)" }
  }

  /// How files are stored.
  public struct Settings: Sendable, Equatable {
    public var compression = Compression.none
    public var encryption: ServerSideEncryption?
    public var tags: [String: String] = [:]
    /// Of the histories.
    public var historyTags: [String: String] = [:]

    public init() {}
  }

  public let store: any ObjectStore
  /// Folder below the store's root.
  public let server: String
  public let settings: Settings

  public init(store: any ObjectStore, server: String, settings: Settings = Settings()) {
    self.store = store
    self.server = server
    self.settings = settings
  }

  public var place: Place { Place(location: store.location, server: server) }

  /// The beginning of the names of a file's objects: what follows is the suffix of its compression.
  func stem(_ name: WALFileName) -> String {
    guard let segment = name.segmentName else { return "\(server)/wals/\(name)" }
    return "\(server)/wals/\(segment.prefix(16))/\(name)"
  }

  func key(_ name: WALFileName, _ compression: Compression) throws(ObjectStorageError) -> ObjectKey {
    try ObjectKey(stem(name) + compression.suffix)
  }

  /// The object that holds a file, and how it is compressed; nil where there is none. Who compresses differently now finds
  /// what was stored before.
  func find(_ name: WALFileName) async throws -> (object: ObjectInformation, compression: Compression)? {
    let stem = stem(name)
    for object in try await store.objects(stem) {
      let suffix = object.key.text.dropFirst(stem.count)
      if let compression = Compression.allCases.first(where: { $0.suffix == suffix }) { return (object, compression) }
    }
    return nil
  }

  /// Whether the archive has the file.
  public func contains(_ name: WALFileName) async throws -> Bool { try await find(name) != nil }
}
