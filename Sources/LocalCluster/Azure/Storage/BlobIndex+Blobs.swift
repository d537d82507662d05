import Foundation
import GRDB

/// A blob by its name.
struct BlobKey: Sendable, Equatable {
  var account: String
  var container: String
  var name: String
}

/// Looks at the blob there is, or is not, before a change; throws where the change must not be made.
typealias BlobCondition = @Sendable (StoredBlob?) throws -> Void

extension BlobIndex {
  /// - Throws: ``StorageError/containerNotFound`` or ``StorageError/blobNotFound``.
  func blob(_ key: BlobKey) async throws -> StoredBlob {
    try await read { database in try Self.existing(key, database) }
  }

  func find(_ key: BlobKey) async throws -> StoredBlob? {
    try await read { database in try Self.find(key, database) }
  }

  /// A blob and what it consists of, in order.
  func content(_ key: BlobKey) async throws -> (blob: StoredBlob, segments: [BlobSegment]) {
    try await read { database in
      let blob = try Self.existing(key, database)
      return (blob, try Self.segments(of: blob, database))
    }
  }

  /// Makes or replaces a blob that consists of one file. What blocks there are for it are dropped.
  ///
  /// - Returns: files that nothing consists of any more.
  func put(
    _ key: BlobKey, details: BlobDetails, size: Int64, file: String, if condition: @escaping BlobCondition
  ) async throws -> (written: WrittenBlob, obsolete: [String]) {
    try await write { database in
      _ = try Self.existing(key.container, key.account, database)
      try condition(Self.find(key, database))
      let dropped = try Self.dropBlocks(key, database)
      let segments = [BlobSegment(blockID: "", size: size, file: file)]
      let (written, old) = try Self.replace(key, details: details, segments: segments, database)
      return (written, dropped + old)
    }
  }

  func delete(_ key: BlobKey, if condition: @escaping BlobCondition) async throws -> [String] {
    try await write { database in
      let blob = try Self.existing(key, database)
      try condition(blob)
      let files = try Self.segments(of: blob, database).map(\.file)
      try database.execute(sql: "DELETE FROM blob WHERE id = ?", arguments: [blob.row])
      return try files + Self.dropBlocks(key, database)
    }
  }

  /// Changes what is known of a blob; its content stays.
  ///
  /// - Parameter isVersion: whether the blob is another one afterwards, with a tag and a time of its own. Tags and tiers are
  ///   no such change.
  func change(
    _ key: BlobKey, isVersion: Bool, if condition: @escaping BlobCondition,
    _ body: @escaping @Sendable (inout BlobDetails) throws -> Void
  ) async throws -> WrittenBlob {
    try await write { database in
      let blob = try Self.existing(key, database)
      try condition(blob)
      var details = blob.details
      try body(&details)
      let written =
        isVersion
        ? WrittenBlob(tag: BlobClock.newTag(), modified: BlobClock.now())
        : WrittenBlob(tag: blob.tag, modified: blob.modified)
      try database.execute(
        sql: "UPDATE blob SET details = ?, tag = ?, modified = ? WHERE id = ?",
        arguments: [try JSONEncoder().encode(details), written.tag, written.modified, blob.row])
      return written
    }
  }

  // MARK: In a transaction

  static let columns = "id, name, size, tag, created, modified, details"

  static func blob(_ row: Row) throws -> StoredBlob {
    StoredBlob(
      row: row[0], name: row[1], size: row[2], tag: row[3], created: row[4], modified: row[5],
      details: try JSONDecoder().decode(BlobDetails.self, from: row[6] as Data))
  }

  static func find(_ key: BlobKey, _ database: Database) throws -> StoredBlob? {
    try Row.fetchOne(
      database.cachedStatement(sql: "SELECT \(columns) FROM blob WHERE account = ? AND container = ? AND name = ?"),
      arguments: [key.account, key.container, key.name]
    ).map(blob)
  }

  static func existing(_ key: BlobKey, _ database: Database) throws -> StoredBlob {
    if let blob = try find(key, database) { return blob }
    _ = try existing(key.container, key.account, database)
    throw StorageError.blobNotFound
  }

  static func segments(of blob: StoredBlob, _ database: Database) throws -> [BlobSegment] {
    try Row.fetchAll(
      database.cachedStatement(sql: "SELECT block, size, file FROM segment WHERE blob = ? ORDER BY position"),
      arguments: [blob.row]
    ).map { BlobSegment(blockID: $0[0], size: $0[1], file: $0[2]) }
  }

  /// Makes or replaces a blob.
  ///
  /// - Returns: files of the old one that the new one has not.
  static func replace(
    _ key: BlobKey, details: BlobDetails, segments: [BlobSegment], _ database: Database
  ) throws -> (written: WrittenBlob, obsolete: [String]) {
    let written = WrittenBlob(tag: BlobClock.newTag(), modified: BlobClock.now())
    var obsolete: Set<String> = []
    var created = written.modified
    if let old = try find(key, database) {
      obsolete = Set(try self.segments(of: old, database).map(\.file)).subtracting(segments.map(\.file))
      created = old.created
      try database.execute(sql: "DELETE FROM blob WHERE id = ?", arguments: [old.row])
    }
    try database.execute(
      sql: """
        INSERT INTO blob (account, container, name, size, tag, created, modified, details)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        key.account, key.container, key.name, segments.reduce(0) { $0 + $1.size }, written.tag, created,
        written.modified, try JSONEncoder().encode(details),
      ])
    let row = database.lastInsertedRowID
    let statement = try database.cachedStatement(sql: "INSERT INTO segment VALUES (?, ?, ?, ?, ?)")
    for (position, segment) in segments.enumerated() {
      try statement.execute(arguments: [row, position, segment.blockID, segment.size, segment.file])
    }
    return (written, Array(obsolete))
  }
}
