import Logging
import Testing

@testable import PostgreSQL

@Suite(.enabled(if: TestServer.binaries != nil), .serialized) struct ConnectionTests {
  @Test func aSessionOnARealServer() async throws {
    let server = try TestServer()
    let connection = try await server.connect()

    try await values(connection)
    try await errors(connection)
    try await quoting(connection)
    try await deadlines(connection)
    try await preparation(connection)
    try await cancellation(connection)
    try await lostConnections(connection, server)
  }

  private func values(_ connection: Connection) async throws {
    let result = try await connection.query(
      "SELECT $1::int + 1 AS number, $2::text AS text, NULL::bool AS nothing, pg_current_wal_lsn() AS position",
      ["41", "象 'quoted'"])
    let row = try #require(result.rows.first)
    #expect(try row.value("number", as: Int.self) == 42)
    #expect(row["text"] == "象 'quoted'")
    #expect(try row.optional("nothing", as: Bool.self) == nil)
    #expect(try row.value("position", as: LSN.self) > LSN(0))
    #expect(throws: PostgreSQLError.unexpectedResult("column text is \"象 'quoted'\", not a Int")) {
      try row.value("text", as: Int.self)
    }
    #expect(try await connection.query("SHOW search_path").scalar(as: String.self) == "pg_catalog,pg_temp")
    #expect(try await connection.query("SHOW synchronous_commit").scalar(as: String.self) == "local")
    #expect(try await connection.serverVersion.major == 15)
    try await connection.execute("CREATE TEMP TABLE t (a int); INSERT INTO t SELECT generate_series(1, 3)")
    #expect(try await connection.query("DELETE FROM t").affectedRows == 3)
  }

  private func errors(_ connection: Connection) async throws {
    let error = await #expect(throws: PostgreSQLError.self) { try await connection.query("SELECT 1/0") }
    #expect(error?.sqlState == "22012")
    #expect(try await connection.query("SELECT 1").scalar(as: Int.self) == 1)
  }

  private func quoting(_ connection: Connection) async throws {
    #expect(try await connection.identifier("my \"table\"") == "\"my \"\"table\"\"\"")
    #expect(try await connection.literal("it's") == "'it''s'")
    let verifier = try await connection.encryptedPassword("secret", user: "app")
    #expect(verifier.hasPrefix("SCRAM-SHA-256$4096:"))
  }

  private func deadlines(_ connection: Connection) async throws {
    let start = ContinuousClock.now
    await #expect(throws: PostgreSQLError.deadlineExceeded("running a statement")) {
      try await connection.query("SELECT pg_sleep(60)", deadline: .milliseconds(100))
    }
    #expect(ContinuousClock.now - start < .seconds(5))
    #expect(try await connection.query("SELECT 1").scalar(as: Int.self) == 1, "cancelled, so the session lives on")
  }

  /// Where preparing is broken off the server may have done it all the same.
  private func preparation(_ connection: Connection) async throws {
    for number in 1...10 {
      await #expect(throws: PostgreSQLError.deadlineExceeded("running a statement")) {
        try await connection.queryPrepared("SELECT \(number)", deadline: .zero)
      }
      for _ in 1...2 {
        #expect(try await connection.queryPrepared("SELECT \(number)").scalar(as: Int.self) == number)
      }
    }
  }

  private func cancellation(_ connection: Connection) async throws {
    let start = ContinuousClock.now
    let task = Task { try await connection.query("SELECT pg_sleep(60)", deadline: .seconds(60)) }
    try await Task.sleep(for: .milliseconds(100))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(ContinuousClock.now - start < .seconds(5))
    #expect(try await connection.query("SELECT 1").scalar(as: Int.self) == 1)
  }

  private func lostConnections(_ connection: Connection, _ server: TestServer) async throws {
    let other = try await server.connect()
    let process = try await connection.query("SELECT pg_backend_pid()").scalar(as: Int.self)
    try await other.query("SELECT pg_terminate_backend($1)", [String(process)])
    await #expect(throws: PostgreSQLError.self) { try await connection.query("SELECT 1") }
    #expect(await !connection.isOpen)
    let third = try await server.connect()
    let thirdProcess = try await third.query("SELECT pg_backend_pid()").scalar(as: String.self)
    #expect(await third.isOpen)
    try await other.query("SELECT pg_terminate_backend($1, 5000)", [thirdProcess])
    #expect(await !third.isOpen, "the server's goodbye is noticed before a statement is lost")
    #expect(await ServerPing.knock(server.parameters) == .accepting)
  }

  @Test func nobodyListens() async {
    let nowhere = ConnectionParameters.local(directory: "/nonexistent", port: 1, user: "a", database: "b")
    await #expect(throws: PostgreSQLError.self) {
      try await Connection.open(nowhere, logger: Logger(label: "test"))
    }
    #expect(await ServerPing.knock(nowhere) == .noResponse)
  }
}
