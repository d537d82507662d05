import ObjectStorage

/// Where Barman keeps what of a server's backups. Keys are below the store's root, which is `destinationPath`.
public struct ObjectLayout: Sendable, Equatable {
  /// The server's folder.
  public var server: String

  public init(server: String) { self.server = server }

  public var backups: String { "\(server)/base/" }
  public var log: String { "\(server)/wals/" }

  public func folder(_ id: BackupID) -> String { "\(backups)\(id)/" }

  public func info(_ id: BackupID) throws(ObjectStorageError) -> ObjectKey { try ObjectKey(folder(id) + "backup.info") }

  /// Says that retention does not apply to a backup.
  public func keep(_ id: BackupID) throws(ObjectStorageError) -> ObjectKey {
    try ObjectKey(folder(id) + "annotations/keep")
  }

  /// - Parameters:
  ///   - archive: `data`, or the OID of a tablespace.
  ///   - part: 0 is the first: what is too large for one is continued in `data_0001.tar` and so on.
  public func archive(
    _ archive: String, part: Int, of id: BackupID, _ compression: Compression
  ) throws(ObjectStorageError) -> ObjectKey {
    let digits = String(part)
    let number = part == 0 ? "" : "_" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    return try ObjectKey("\(folder(id))\(archive)\(number).tar\(compression.suffix)")
  }
}

/// An object that holds a part of a backup's files.
public struct BackupArchive: Sendable, Equatable {
  public var object: ObjectInformation
  /// `data`, or the OID of a tablespace.
  public var name: String
  public var part: Int
  public var compression: Compression

  /// Nil for what is no such object.
  public init?(_ object: ObjectInformation) {
    let (name, compression) = Compression.split(object.key.name[...])
    guard name.hasSuffix(".tar") else { return nil }
    let parts = name.dropLast(4).split(separator: "_", omittingEmptySubsequences: false)
    guard let first = parts.first, first == "data" || UInt32(first) != nil, parts.count <= 2 else { return nil }
    if parts.count == 2 {
      guard parts[1].utf8.count >= 4, let number = Int(parts[1]), number > 0 else { return nil }
      part = number
    } else {
      part = 0
    }
    self.object = object
    self.name = String(first)
    self.compression = compression
  }
}
