import Kubernetes
import PostgreSQL

/// A line of PostgreSQL's JSON log as a record under the names that readers of CloudNativePG's logs know.
enum ServerLogRecord {
  /// PostgreSQL's keys (jsonlog.c) and ours, those of its CSV columns.
  private static let names: [String: String] = [
    "timestamp": "log_time", "user": "user_name", "dbname": "database_name", "pid": "process_id",
    "session_id": "session_id", "line_num": "session_line_num", "ps": "command_tag",
    "session_start": "session_start_time", "vxid": "virtual_transaction_id", "txid": "transaction_id",
    "error_severity": "error_severity", "state_code": "sql_state_code", "message": "message", "detail": "detail",
    "hint": "hint", "internal_query": "internal_query", "internal_position": "internal_query_pos",
    "context": "context", "statement": "query", "cursor_position": "query_pos",
    "application_name": "application_name", "backend_type": "backend_type", "leader_pid": "leader_pid",
    "query_id": "query_id",
  ]

  /// Nil for a line that is not one of PostgreSQL's.
  static func translate(_ line: [UInt8]) -> (logger: String, record: JSON)? {
    guard let members = (try? JSON(parsing: line))?.objectValue, members["error_severity"] != nil else { return nil }
    var record: [String: JSON] = [:]
    for (key, value) in members {
      if let name = names[key] { record[name] = .string(text(value)) }
    }
    // After a failed login PostgreSQL quotes the rule that matched.
    if let detail = members["detail"]?.stringValue { record["detail"] = .string(HBALine.redacted(detail)) }
    if let host = members["remote_host"] {
      record["connection_from"] = .string(text(host) + (members["remote_port"].map { ":" + text($0) } ?? ""))
    }
    if let function = members["func_name"], let file = members["file_name"], let line = members["file_line_num"] {
      record["location"] = .string("\(text(function)), \(text(file)):\(text(line))")
    }
    guard let message = record["message"]?.stringValue, let audit = PgAuditRecord.parse(message) else {
      return ("postgres", .object(record))
    }
    record["message"] = nil
    record["audit"] = audit
    return ("pgaudit", .object(record))
  }

  private static func text(_ value: JSON) -> String { value.stringValue ?? value.text }
}

/// pgaudit's message: `AUDIT: ` and nine or ten fields as CSV.
enum PgAuditRecord {
  private static let names = [
    "audit_type", "statement_id", "substatement_id", "class", "command", "object_type", "object_name", "statement",
    "parameter", "rows",
  ]

  static func parse(_ message: String) -> JSON? {
    let prefix = "AUDIT: "
    guard message.hasPrefix(prefix), let fields = csv(message.dropFirst(prefix.count)),
      fields.count == 9 || fields.count == 10
    else { return nil }
    return .object(Dictionary(uniqueKeysWithValues: zip(names, fields.map { JSON.string($0) })))
  }

  /// The fields of one CSV record, nil when a quote is not closed.
  private static func csv(_ text: Substring) -> [String]? {
    var fields: [String] = []
    var field = ""
    var isQuoted = false
    var rest = text
    while let character = rest.popFirst() {
      switch character {
      case "\"" where isQuoted && rest.first == "\"":
        rest.removeFirst()
        field.append("\"")
      case "\"": isQuoted.toggle()
      case "," where !isQuoted:
        fields.append(field)
        field = ""
      default: field.append(character)
      }
    }
    return isQuoted ? nil : fields + [field]
  }
}
