/// What can go wrong on a connection.
public enum PostgreSQLError: Error, Sendable, Equatable {
  /// There is no session: the server is down, refuses, or is not reachable. libpq's words.
  case notConnected(String)
  /// The server answered with an error.
  case server(ServerError)
  /// The connection broke while a statement ran: whether it took effect is not known.
  case connectionLost(String)
  /// No answer in time. A statement was cancelled, or the connection given up.
  case deadlineExceeded(String)
  /// The result does not have the shape that the statement promises.
  case unexpectedResult(String)
}

/// An error report of the server (protocol message `ErrorResponse`).
public struct ServerError: Error, Sendable, Equatable {
  /// Five characters; see PostgreSQL's manual, appendix A.
  public var sqlState: String
  public var severity: String
  public var message: String
  public var detail: String?
  public var hint: String?

  public init(sqlState: String, severity: String, message: String, detail: String? = nil, hint: String? = nil) {
    self.sqlState = sqlState
    self.severity = severity
    self.message = message
    self.detail = detail
    self.hint = hint
  }
}

extension PostgreSQLError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notConnected(let text): "cannot connect to PostgreSQL: \(text)"
    case .server(let error): error.description
    case .connectionLost(let text): "the connection to PostgreSQL broke: \(text)"
    case .deadlineExceeded(let what): "PostgreSQL did not answer in time: \(what)"
    case .unexpectedResult(let text): "unexpected result from PostgreSQL: \(text)"
    }
  }

  public var sqlState: String? {
    if case .server(let error) = self { error.sqlState } else { nil }
  }
}

extension ServerError: CustomStringConvertible {
  public var description: String {
    var text = "\(severity): \(message) (SQLSTATE \(sqlState))"
    if let detail { text += "; \(detail)" }
    if let hint { text += "; hint: \(hint)" }
    return text
  }
}
