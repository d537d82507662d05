/// The rows that a statement returned, as text.
public struct QueryResult: Sendable {
  public let columns: [String]
  public let rows: [Row]
  /// As the command tag says; 0 for commands that affect no rows.
  public let affectedRows: Int

  /// The value of the first column of the first row.
  ///
  /// - Throws: ``PostgreSQLError/unexpectedResult(_:)`` when there is none, or it is null or of another type.
  public func scalar<Value: PostgreSQLValue>(as type: Value.Type = Value.self) throws(PostgreSQLError) -> Value {
    guard let row = rows.first, let column = columns.first else {
      throw .unexpectedResult("there is no row")
    }
    return try row.value(column)
  }
}

/// One row of a result.
public struct Row: Sendable {
  let columns: [String]
  let cells: [String?]

  /// The text of a column; nil when it is null or there is no such column.
  public subscript(_ column: String) -> String? {
    columns.firstIndex(of: column).flatMap { cells[$0] }
  }

  /// - Throws: ``PostgreSQLError/unexpectedResult(_:)`` when the column is missing, null or of another type.
  public func value<Value: PostgreSQLValue>(
    _ column: String, as type: Value.Type = Value.self
  ) throws(PostgreSQLError) -> Value {
    guard let value = try optional(column, as: type) else { throw .unexpectedResult("column \(column) is null") }
    return value
  }

  /// Nil when null.
  public func optional<Value: PostgreSQLValue>(
    _ column: String, as type: Value.Type = Value.self
  ) throws(PostgreSQLError) -> Value? {
    guard let index = columns.firstIndex(of: column) else { throw .unexpectedResult("there is no column \(column)") }
    guard let text = cells[index] else { return nil }
    guard let value = Value(postgreSQLText: text) else {
      throw .unexpectedResult("column \(column) is \"\(text)\", not a \(type)")
    }
    return value
  }
}

/// A type that can be read from PostgreSQL's text form of a value.
public protocol PostgreSQLValue {
  init?(postgreSQLText: String)
}

extension String: PostgreSQLValue {
  public init?(postgreSQLText: String) { self = postgreSQLText }
}

extension Int: PostgreSQLValue {
  public init?(postgreSQLText: String) { self.init(postgreSQLText) }
}

extension Double: PostgreSQLValue {
  public init?(postgreSQLText: String) { self.init(postgreSQLText) }
}

extension Bool: PostgreSQLValue {
  public init?(postgreSQLText: String) {
    switch postgreSQLText {
    case "t": self = true
    case "f": self = false
    default: return nil
    }
  }
}

extension LSN: PostgreSQLValue {
  public init?(postgreSQLText: String) { self.init(postgreSQLText) }
}

extension TimelineID: PostgreSQLValue {
  public init?(postgreSQLText: String) {
    guard let number = UInt32(postgreSQLText) else { return nil }
    self.init(number)
  }
}
