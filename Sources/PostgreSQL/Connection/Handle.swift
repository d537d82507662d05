import CLibPQ
import Dispatch
import Glibc
import Logging
import Synchronization

/// Owns a `PGconn`.
final class Handle {
  let pointer: OpaquePointer
  private let notices: NoticeLog

  /// Begins to connect. Nil when out of memory, the only case in which libpq returns no object.
  init?(_ keywords: [String: String], logger: Logger) {
    let names = keywords.keys.sorted()
    let started = Self.withCStrings(names) { nameList in
      Self.withCStrings(names.map { keywords[$0] }) { PQconnectStartParams(nameList, $0, 0) }
    }
    guard let started else { return nil }
    pointer = started
    notices = NoticeLog(logger: logger)
    PQsetNoticeReceiver(
      pointer,
      { context, result in
        guard let context, let result else { return }
        Unmanaged<NoticeLog>.fromOpaque(context).takeUnretainedValue().log(Handle.decodeError(result))
      }, Unmanaged.passUnretained(notices).toOpaque())
  }

  deinit { PQfinish(pointer) }

  var errorMessage: String {
    var text = String(cString: PQerrorMessage(pointer))
    while text.last?.isNewline == true { text.removeLast() }
    return text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  private static let cancellations = DispatchQueue(label: "matriarch.postgresql.cancel", attributes: .concurrent)

  /// Asks the server to cancel what runs; false when the request could not be sent within a second.
  ///
  /// libpq waits for the answer however long it takes, and a postmaster that is stopped gives none (PQcancel): then that
  /// thread waits for its end, and nobody else.
  func cancel() -> Bool {
    // Only the one thread uses it.
    guard let cancellation = PQgetCancel(pointer) else { return false }
    nonisolated(unsafe) let request = cancellation
    let isSent = Mutex(false)
    let answered = DispatchSemaphore(value: 0)
    Self.cancellations.async {
      var message = [CChar](repeating: 0, count: 256)
      let sent = PQcancel(request, &message, 256) == 1
      PQfreeCancel(request)
      isSent.withLock { $0 = sent }
      answered.signal()
    }
    return answered.wait(timeout: .now() + 1) == .success && isSent.withLock { $0 }
  }

  func escaped(
    _ text: String,
    _ escape: (OpaquePointer?, UnsafePointer<CChar>?, Int) -> UnsafeMutablePointer<CChar>?
  ) throws(PostgreSQLError) -> String {
    guard let quoted = escape(pointer, text, text.utf8.count) else { throw .unexpectedResult(errorMessage) }
    defer { PQfreemem(quoted) }
    return String(cString: quoted)
  }

  func withCStrings<Result>(
    _ strings: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
  ) -> Result {
    Self.withCStrings(strings, body)
  }

  /// Lends the strings as an array that ends in a null pointer.
  static func withCStrings<Result>(
    _ strings: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
  ) -> Result {
    let copies = strings.map { $0.flatMap { strdup($0) } }
    defer { for copy in copies { free(copy) } }
    return (copies.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { body($0.baseAddress) }
  }

  static func decode(_ result: OpaquePointer) -> QueryResult {
    let width = PQnfields(result)
    let columns = (0..<width).map { String(cString: PQfname(result, $0)) }
    let rows = (0..<PQntuples(result)).map { row in
      Row(
        columns: columns,
        cells: (0..<width).map { column in
          PQgetisnull(result, row, column) == 1 ? nil : String(cString: PQgetvalue(result, row, column))
        })
    }
    return QueryResult(columns: columns, rows: rows, affectedRows: Int(String(cString: PQcmdTuples(result))) ?? 0)
  }

  static func decodeError(_ result: OpaquePointer) -> ServerError {
    // The field codes of protocol message ErrorResponse; libpq's PG_DIAG_ macros are characters.
    func field(_ code: Unicode.Scalar) -> String? {
      PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
    }
    return ServerError(
      sqlState: field("C") ?? "XX000", severity: field("V") ?? field("S") ?? "ERROR",
      message: field("M") ?? String(cString: PQresultErrorMessage(result)), detail: field("D"), hint: field("H"))
  }
}

/// Where the server's notices and warnings go.
final class NoticeLog {
  private let logger: Logger

  init(logger: Logger) { self.logger = logger }

  func log(_ notice: ServerError) {
    let level: Logger.Level = notice.severity == "WARNING" ? .warning : .debug
    logger.log(level: level, "\(notice.message)", metadata: ["sqlstate": "\(notice.sqlState)"])
  }
}
