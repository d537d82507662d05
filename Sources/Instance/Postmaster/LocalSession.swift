import Logging
import PostgreSQL

/// A superuser's session through the socket that stays open, and is opened again when it broke.
///
/// It was there before the clients, so it answers even when they have taken all connections.
actor LocalSession {
  private let parameters: ConnectionParameters
  private let logger: Logger
  private var connection: Connection?
  private var isSuspended = false

  init(_ parameters: ConnectionParameters, logger: Logger) {
    self.parameters = parameters
    self.logger = logger
  }

  /// - Throws: ``PostgreSQLError``.
  @discardableResult
  func query(_ statement: String, _ arguments: [String?] = [], deadline: Duration = .seconds(10)) async throws
    -> QueryResult
  {
    try await open().query(statement, arguments, deadline: deadline)
  }

  /// The same for a statement that comes again and again.
  func queryPrepared(_ statement: String, deadline: Duration = .seconds(10)) async throws -> QueryResult {
    try await open().queryPrepared(statement, deadline: deadline)
  }

  /// The connection itself, for several statements or for quoting.
  func open() async throws -> Connection {
    guard !isSuspended else { throw PostgreSQLError.notConnected("PostgreSQL is being stopped") }
    if let connection, await connection.isOpen { return connection }
    let fresh = try await Connection.open(parameters, deadline: .seconds(5), logger: logger)
    guard !isSuspended else {
      await fresh.close()
      throw PostgreSQLError.notConnected("PostgreSQL is being stopped")
    }
    connection = fresh
    return fresh
  }

  func close() async {
    await connection?.close()
    connection = nil
  }

  /// Closes the session and keeps it closed: a smart shutdown waits for every session, our own too.
  func suspend() async {
    isSuspended = true
    await close()
  }

  func resume() { isSuspended = false }
}
