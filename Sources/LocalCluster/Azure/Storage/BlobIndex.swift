import Foundation
import GRDB
import Processes

/// Which containers and blobs there are, and which files each blob consists of: a SQLite file. What it says is durable
/// before anybody is told.
struct BlobIndex: Sendable {
  private let pool: any DatabaseReader
  private let writes: BlobWrites?

  /// Opens or creates the index. Blocks.
  init(path: String) throws(AzureError) {
    do {
      var configuration = Configuration()
      configuration.busyMode = .timeout(5)
      configuration.maximumReaderCount = 4
      let pool = try DatabasePool(path: path, configuration: configuration)
      try pool.writeWithoutTransaction { database in
        // GRDB sets NORMAL for WAL files: commits would be lost with the power.
        try database.execute(sql: "PRAGMA synchronous = FULL")
        try database.execute(sql: Self.schema)
      }
      self.pool = pool
      writes = BlobWrites(pool)
    } catch {
      throw Self.error(error, path)
    }
  }

  /// Opens an index that another process writes, only to read. Blocks.
  init(reading path: String) throws(AzureError) {
    do {
      var configuration = Configuration()
      configuration.readonly = true
      configuration.busyMode = .timeout(5)
      pool = try DatabaseQueue(path: path, configuration: configuration)
      writes = nil
    } catch {
      throw Self.error(error, path)
    }
  }

  private static let schema = """
    CREATE TABLE IF NOT EXISTS container (
      account TEXT NOT NULL, name TEXT NOT NULL, tag TEXT NOT NULL, modified INTEGER NOT NULL, metadata BLOB NOT NULL,
      PRIMARY KEY (account, name)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS blob (
      id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, container TEXT NOT NULL, name TEXT NOT NULL,
      size INTEGER NOT NULL, tag TEXT NOT NULL, created INTEGER NOT NULL, modified INTEGER NOT NULL,
      details BLOB NOT NULL, UNIQUE (account, container, name),
      FOREIGN KEY (account, container) REFERENCES container (account, name));
    CREATE TABLE IF NOT EXISTS segment (
      blob INTEGER NOT NULL REFERENCES blob (id) ON DELETE CASCADE, position INTEGER NOT NULL, block TEXT NOT NULL,
      size INTEGER NOT NULL, file TEXT NOT NULL, PRIMARY KEY (blob, position)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS block (
      account TEXT NOT NULL, container TEXT NOT NULL, name TEXT NOT NULL, block TEXT NOT NULL, size INTEGER NOT NULL,
      file TEXT NOT NULL, received INTEGER NOT NULL, PRIMARY KEY (account, container, name, block)) WITHOUT ROWID;
    """

  private static func error(_ error: any Error, _ path: String) -> AzureError {
    guard let error = error as? DatabaseError else { return .unreadable(path, reason: "\(error)") }
    let reason = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
    return [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
      ? .damaged(path, reason: reason) : .unreadable(path, reason: reason)
  }

  func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
    try await pool.read(body)
  }

  /// Makes a change. When it returns, the change is durable; when it throws, nothing has changed.
  func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
    guard let writes else { throw DatabaseError(resultCode: .SQLITE_READONLY) }
    return try await writes.perform(body)
  }

  /// The files that blobs and blocks consist of.
  func files() async throws -> Set<String> {
    try await read { database in
      try String.fetchSet(database, sql: "SELECT file FROM segment UNION ALL SELECT file FROM block")
    }
  }

  /// Blocks that were never committed live a week ("Put Block", Microsoft Learn).
  private static let blockLifetime: Int64 = 7 * 86400 * 1000

  func expireBlocks(now: Int64 = BlobClock.now()) async throws {
    try await write { database in
      try database.execute(sql: "DELETE FROM block WHERE received < ?", arguments: [now - Self.blockLifetime])
    }
  }
}
