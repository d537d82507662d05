import Foundation
import GRDB
import Kubernetes

/// The SQLite file below the store. Rows are replaced in place; what is needed of history is in memory.
struct StoreFile: Sendable {
  private let path: String
  private let queue: DatabaseQueue

  /// Opens or creates the file and takes it for this process alone.
  ///
  /// - Throws: ``StoreError/inUse(_:)``, ``StoreError/full(_:)`` or ``StoreError/failed(_:)``.
  init(path: String) throws(StoreError) {
    self.path = path
    do {
      var configuration = Configuration()
      configuration.journalMode = .wal
      configuration.busyMode = .timeout(2)
      configuration.prepareDatabase { database in
        // Exclusive: a second control plane on the same file would answer from memory that is not true any more.
        try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
      }
      queue = try DatabaseQueue(path: path, configuration: configuration)
      try queue.inDatabase { database in
        // GRDB sets NORMAL for WAL files after `prepareDatabase`: commits would be lost with the power.
        try database.execute(sql: "PRAGMA synchronous = FULL")
        try database.execute(
          sql: """
            CREATE TABLE IF NOT EXISTS object (
              resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, uid TEXT NOT NULL,
              revision INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (resource, namespace, name)) WITHOUT ROWID;
            CREATE TABLE IF NOT EXISTS revision (one INTEGER PRIMARY KEY CHECK (one = 1), latest INTEGER NOT NULL);
            INSERT OR IGNORE INTO revision VALUES (1, 0);
            """)
      }
    } catch {
      throw Self.error(error, path: path)
    }
  }

  /// Everything the file holds, and the latest revision ever given.
  func load(
    selectableFields: @escaping @Sendable (String, JSON) -> [String: String]
  ) async throws(StoreError) -> (objects: [StoredObject], revision: Int64) {
    do {
      return try await queue.writeWithoutTransaction { database in
        let revision = try Int64.fetchOne(database, sql: "SELECT latest FROM revision") ?? 0
        var objects: [StoredObject] = []
        let rows = try Row.fetchCursor(
          database, sql: "SELECT resource, namespace, name, uid, revision, body FROM object")
        while let row = try rows.next() {
          let body: Data = row[5]
          let key = StoreKey(row[0], namespace: row[1], name: row[2])
          let value: JSON
          do {
            value = try JSON(parsing: body)
          } catch {
            throw StoreError.damaged("\(key): \(error)")
          }
          objects.append(
            StoredObject(
              key: key, uid: row[3], revision: row[4], body: Array(body), labels: value.labels,
              fields: selectableFields(key.resource, value)))
        }
        return (objects, revision)
      }
    } catch {
      throw Self.error(error, path: path)
    }
  }

  /// Decides and writes one batch in one transaction, on SQLite's own queue. When it returns, the events are durable.
  func commit(_ decide: @escaping @Sendable () -> StoreDecision) async throws(StoreError) -> StoreDecision {
    do {
      return try await queue.writeWithoutTransaction { database in
        let decision = decide()
        guard !decision.events.isEmpty else { return decision }
        try database.inTransaction(.immediate) {
          for event in decision.events { try Self.write(event, to: database) }
          try database.cachedStatement(sql: "UPDATE revision SET latest = ?").execute(arguments: [decision.revision])
          return .commit
        }
        return decision
      }
    } catch {
      throw Self.error(error, path: path)
    }
  }

  private static func write(_ event: StoreEvent, to database: Database) throws {
    let key = event.object.key
    if event.kind == .deleted {
      try database.cachedStatement(sql: "DELETE FROM object WHERE resource = ? AND namespace = ? AND name = ?")
        .execute(arguments: [key.resource, key.namespace, key.name])
    } else {
      try database.cachedStatement(sql: "INSERT OR REPLACE INTO object VALUES (?, ?, ?, ?, ?, ?)")
        .execute(arguments: [
          key.resource, key.namespace, key.name, event.object.uid, event.revision, Data(event.object.body),
        ])
    }
  }

  func close() throws(StoreError) {
    do {
      try queue.close()
    } catch {
      throw Self.error(error, path: path)
    }
  }

  private static func error(_ error: any Error, path: String) -> StoreError {
    if let error = error as? StoreError { return error }
    guard let error = error as? DatabaseError else { return .failed("\(error)") }
    switch error.resultCode {
    case .SQLITE_FULL: return .full(path)
    case .SQLITE_BUSY, .SQLITE_LOCKED: return .inUse(path)
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: return .damaged("\(path): \(error.message ?? "not a database")")
    default: return .failed("\(path): \(error.message ?? "SQLite error \(error.extendedResultCode.rawValue)")")
    }
  }
}
