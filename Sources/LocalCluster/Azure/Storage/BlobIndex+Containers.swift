import Foundation
import GRDB

extension BlobIndex {
  /// - Throws: ``StorageError/containerAlreadyExists``.
  func createContainer(_ name: String, account: String, metadata: [String: String] = [:]) async throws
    -> StoredContainer
  {
    let container = StoredContainer(name: name, tag: BlobClock.newTag(), modified: BlobClock.now(), metadata: metadata)
    let encoded = try JSONEncoder().encode(metadata)
    try await write { database in
      guard try Self.container(name, account, database) == nil else { throw StorageError.containerAlreadyExists }
      try database.execute(
        sql: "INSERT INTO container VALUES (?, ?, ?, ?, ?)",
        arguments: [account, name, container.tag, container.modified, encoded])
    }
    return container
  }

  /// - Throws: ``StorageError/containerNotFound``.
  func container(_ name: String, account: String) async throws -> StoredContainer {
    try await read { database in try Self.existing(name, account, database) }
  }

  func setMetadata(_ metadata: [String: String], container: String, account: String) async throws -> StoredContainer {
    let encoded = try JSONEncoder().encode(metadata)
    return try await write { database in
      _ = try Self.existing(container, account, database)
      try database.execute(
        sql: "UPDATE container SET metadata = ?, tag = ?, modified = ? WHERE account = ? AND name = ?",
        arguments: [encoded, BlobClock.newTag(), BlobClock.now(), account, container])
      return try Self.existing(container, account, database)
    }
  }

  /// Deletes a container with all that is in it.
  ///
  /// - Returns: files that nothing consists of any more.
  func deleteContainer(_ name: String, account: String) async throws -> [String] {
    try await write { database in
      _ = try Self.existing(name, account, database)
      let arguments: StatementArguments = [account, name]
      let files = try String.fetchAll(
        database,
        sql: """
          SELECT file FROM segment WHERE blob IN (SELECT id FROM blob WHERE account = :account AND container = :name)
          UNION ALL SELECT file FROM block WHERE account = :account AND container = :name
          """, arguments: ["account": account, "name": name])
      try database.execute(sql: "DELETE FROM block WHERE account = ? AND container = ?", arguments: arguments)
      try database.execute(sql: "DELETE FROM blob WHERE account = ? AND container = ?", arguments: arguments)
      try database.execute(sql: "DELETE FROM container WHERE account = ? AND name = ?", arguments: arguments)
      return files
    }
  }

  /// Containers in the order of their names.
  func containers(
    account: String, prefix: String, after: String, limit: Int
  ) async throws -> (containers: [StoredContainer], next: String?) {
    try await read { database in
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT name, tag, modified, metadata FROM container
          WHERE account = ? AND name > ? AND substr(name, 1, length(?)) = ? ORDER BY name LIMIT ?
          """, arguments: [account, after, prefix, prefix, limit + 1])
      let found = try rows.map(Self.container)
      let page = Array(found.prefix(limit))
      return (page, found.count > limit ? page.last?.name : nil)
    }
  }

  static func existing(_ name: String, _ account: String, _ database: Database) throws -> StoredContainer {
    guard let container = try container(name, account, database) else { throw StorageError.containerNotFound }
    return container
  }

  private static func container(_ name: String, _ account: String, _ database: Database) throws -> StoredContainer? {
    try Row.fetchOne(
      database, sql: "SELECT name, tag, modified, metadata FROM container WHERE account = ? AND name = ?",
      arguments: [account, name]
    ).map(container)
  }

  private static func container(_ row: Row) throws -> StoredContainer {
    StoredContainer(
      name: row[0], tag: row[1], modified: row[2],
      metadata: try JSONDecoder().decode([String: String].self, from: row[3] as Data))
  }
}
