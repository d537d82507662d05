import CLibPQ
import Glibc
import Logging

/// A session on a PostgreSQL server.
///
/// Statements of one connection run one after the other. Every call has a deadline, after which the statement is
/// cancelled; where even that brings no answer, the connection is closed. Cancelling the task does the same.
public actor Connection {
  private let executor = ConnectionExecutor()
  private let interrupt = Interrupt()
  private let parameters: ConnectionParameters
  private let logger: Logger
  private var handle: Handle?
  /// By their texts, the names of the statements that this session has prepared.
  private var prepared: [String: String] = [:]
  private var preparations = 0

  public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private init(_ parameters: ConnectionParameters, logger: Logger) {
    self.parameters = parameters
    self.logger = logger
  }

  /// Opens a session.
  ///
  /// - Throws: ``PostgreSQLError``, or `CancellationError`.
  public static func open(
    _ parameters: ConnectionParameters, deadline: Duration = .seconds(10), logger: Logger
  ) async throws -> Connection {
    let connection = Connection(parameters, logger: logger)
    try await connection.establish(deadline: deadline)
    return connection
  }

  private func establish(deadline: Duration) async throws {
    try await interruptibly { try $0.connect(before: .now + deadline) }
  }

  /// Opens a session, hands it to `body` and closes it.
  public static func with<Result: Sendable>(
    _ parameters: ConnectionParameters, deadline: Duration = .seconds(10), logger: Logger,
    isolation: isolated (any Actor)? = #isolation, _ body: (Connection) async throws -> Result
  ) async throws -> Result {
    let connection = try await open(parameters, deadline: deadline, logger: logger)
    do {
      let result = try await body(connection)
      await connection.close()
      return result
    } catch {
      await connection.close()
      throw error
    }
  }

  public func close() { handle = nil }

  /// Whether the session is still there, as far as is known here without asking the server: its goodbye may be waiting
  /// to be read.
  public var isOpen: Bool {
    guard let handle else { return false }
    // Between statements the server sends at most notices, and then the end: a few reads reach it.
    for _ in 0..<4 {
      var descriptor = pollfd(fd: PQsocket(handle.pointer), events: Int16(POLLIN), revents: 0)
      guard poll(&descriptor, 1, 0) > 0 else { return true }
      if PQconsumeInput(handle.pointer) == 0 || PQstatus(handle.pointer) == CONNECTION_BAD {
        self.handle = nil
        return false
      }
    }
    return true
  }

  /// Runs one statement with parameters, sent apart from its text (`$1`, `$2`, …).
  ///
  /// - Throws: ``PostgreSQLError``, or `CancellationError`.
  @discardableResult
  public func query(
    _ statement: String, _ arguments: [String?] = [], deadline: Duration = .seconds(10)
  ) async throws -> QueryResult {
    try await interruptibly { connection in
      try connection.run(before: .now + deadline) { handle in
        handle.withCStrings(arguments) { values in
          PQsendQueryParams(handle.pointer, statement, Int32(arguments.count), nil, values, nil, nil, 0)
        }
      }
    }
  }

  /// Runs a statement that this session is asked for again and again: the server parses and plans it once.
  ///
  /// - Throws: ``PostgreSQLError``, or `CancellationError`.
  @discardableResult
  public func queryPrepared(_ statement: String, deadline: Duration = .seconds(10)) async throws -> QueryResult {
    try await interruptibly { connection in
      let end = ContinuousClock.now + deadline
      let name = try connection.prepare(statement, before: end)
      return try connection.run(before: end) { PQsendQueryPrepared($0.pointer, name, 0, nil, nil, nil, 0) }
    }
  }

  private func prepare(_ statement: String, before deadline: ContinuousClock.Instant) throws -> String {
    if let name = prepared[statement] { return name }
    // Never the same twice: what was broken off may have been prepared all the same.
    let name = "s\(preparations)"
    preparations += 1
    _ = try run(before: deadline) { PQsendPrepare($0.pointer, name, statement, 0, nil) }
    prepared[statement] = name
    return name
  }

  /// Runs a text that may hold several statements, separated by semicolons, as one implicit transaction.
  ///
  /// - Throws: ``PostgreSQLError``, or `CancellationError`.
  public func execute(_ script: String, deadline: Duration = .seconds(10)) async throws {
    _ = try await interruptibly { connection in
      try connection.run(before: .now + deadline) { PQsendQuery($0.pointer, script) }
    }
  }

  /// A name as part of a statement, in double quotes.
  public func identifier(_ name: String) throws -> String {
    let handle = try openHandle()
    return try handle.escaped(name, PQescapeIdentifier)
  }

  /// A text as part of a statement, in single quotes. Wherever a parameter can stand, use a parameter.
  public func literal(_ text: String) throws -> String {
    let handle = try openHandle()
    return try handle.escaped(text, PQescapeLiteral)
  }

  /// The verifier that `pg_authid` stores for a password, so that the password itself never travels nor is logged.
  public func encryptedPassword(_ password: String, user: String) throws -> String {
    let handle = try openHandle()
    guard let text = PQencryptPasswordConn(handle.pointer, password, user, "scram-sha-256") else {
      throw PostgreSQLError.unexpectedResult("the password cannot be encrypted: \(handle.errorMessage)")
    }
    defer { PQfreemem(text) }
    return String(cString: text)
  }

  public var serverVersion: ServerVersion {
    get throws { ServerVersion(number: Int(PQserverVersion(try openHandle().pointer))) }
  }

  // MARK: The road to libpq

  private func interruptibly<Result: Sendable>(
    _ body: (isolated Connection) throws -> Result
  ) async throws -> Result {
    let interrupt = interrupt
    return try await withTaskCancellationHandler {
      try Task.checkCancellation()
      return try body(self)
    } onCancel: {
      interrupt.raise()
    }
  }

  private func openHandle() throws(PostgreSQLError) -> Handle {
    guard let handle else { throw .notConnected("the connection was closed") }
    return handle
  }

  private func connect(before deadline: ContinuousClock.Instant) throws {
    guard let handle = Handle(parameters.resolvedKeywords, logger: logger) else {
      throw PostgreSQLError.notConnected("out of memory")
    }
    var next = PGRES_POLLING_WRITING
    while PQstatus(handle.pointer) != CONNECTION_BAD {
      switch next {
      case PGRES_POLLING_OK:
        guard PQsetnonblocking(handle.pointer, 1) == 0 else {
          throw PostgreSQLError.notConnected(handle.errorMessage)
        }
        self.handle = handle
        return
      case PGRES_POLLING_FAILED:
        throw PostgreSQLError.notConnected(handle.errorMessage)
      default:
        let events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT
        guard try wait(for: Int16(events), on: handle, before: deadline) else {
          throw PostgreSQLError.deadlineExceeded("connecting")
        }
        next = PQconnectPoll(handle.pointer)
      }
    }
    throw PostgreSQLError.notConnected(handle.errorMessage)
  }

  private func run(
    before deadline: ContinuousClock.Instant, _ send: (Handle) -> Int32
  ) throws -> QueryResult {
    let handle = try openHandle()
    guard send(handle) == 1 else { throw broken(handle) }
    do {
      return try collect(handle, before: deadline)
    } catch let error as PostgreSQLError {
      if case .deadlineExceeded = error { giveUp(handle) }
      throw error
    } catch {
      giveUp(handle)
      throw error
    }
  }

  /// Reads all results of what was sent and returns the last; the first error is thrown once all were read.
  private func collect(_ handle: Handle, before deadline: ContinuousClock.Instant) throws -> QueryResult {
    var last = QueryResult(columns: [], rows: [], affectedRows: 0)
    var failure: ServerError?
    var isFlushed = false
    while true {
      if !isFlushed {
        let state = PQflush(handle.pointer)
        if state < 0 { throw broken(handle) }
        isFlushed = state == 0
      }
      while PQisBusy(handle.pointer) == 0, isFlushed {
        guard let result = PQgetResult(handle.pointer) else {
          if let failure { throw PostgreSQLError.server(failure) }
          return last
        }
        defer { PQclear(result) }
        switch PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: last = Handle.decode(result)
        case PGRES_FATAL_ERROR:
          if PQstatus(handle.pointer) == CONNECTION_BAD { throw broken(handle) }
          failure = failure ?? Handle.decodeError(result)
        default:
          self.handle = nil
          throw PostgreSQLError.unexpectedResult("COPY is not spoken here")
        }
      }
      let events = Int16(isFlushed ? POLLIN : POLLIN | POLLOUT)
      guard try wait(for: events, on: handle, before: deadline) else {
        throw PostgreSQLError.deadlineExceeded("running a statement")
      }
      if PQconsumeInput(handle.pointer) == 0 { throw broken(handle) }
    }
  }

  private func broken(_ handle: Handle) -> PostgreSQLError {
    let message = handle.errorMessage
    self.handle = nil
    return .connectionLost(message)
  }

  /// Cancels what runs. Over TCP libpq's cancel may itself block for minutes, so there the connection is closed.
  private func giveUp(_ handle: Handle) {
    guard parameters.isLocal, handle.cancel() else {
      self.handle = nil
      return
    }
    let grace = ContinuousClock.now + .seconds(2)
    do {
      _ = try collect(handle, before: grace)
    } catch let error as PostgreSQLError {
      if error.sqlState == nil { self.handle = nil }
    } catch {
      self.handle = nil
    }
  }

  /// Returns false at the deadline.
  private func wait(
    for events: Int16, on handle: Handle, before deadline: ContinuousClock.Instant
  ) throws -> Bool {
    while true {
      let left = deadline - .now
      guard left > .zero else { return false }
      var descriptors = [
        pollfd(fd: PQsocket(handle.pointer), events: events, revents: 0),
        pollfd(fd: interrupt.readEnd, events: Int16(POLLIN), revents: 0),
      ]
      let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1
      let ready = poll(&descriptors, 2, Int32(clamping: milliseconds))
      if ready < 0, errno != EINTR { throw PostgreSQLError.connectionLost(String(cString: strerror(errno))) }
      if descriptors[1].revents != 0 {
        // It may be left over from a call that ended just as its task was cancelled.
        interrupt.clear()
        try Task.checkCancellation()
      }
      if descriptors[0].revents != 0 { return true }
    }
  }
}
