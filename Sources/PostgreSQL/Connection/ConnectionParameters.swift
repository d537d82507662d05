/// How to reach a server and as whom.
public struct ConnectionParameters: Sendable {
  /// What names without a schema mean in the session.
  public enum SearchPath: Sendable {
    /// `pg_catalog, pg_temp`: no object made by a user can stand in for one of PostgreSQL's (CVE-2018-1058). The rule.
    case pinned
    /// As the database sets it: only for statements that a user wrote.
    case ofDatabase
  }

  /// libpq's keywords and values: `host`, `port`, `user`, `dbname`, `sslmode` and so on.
  public var keywords: [String: String]
  public var searchPath: SearchPath
  /// Commit without waiting for standbys. What Matriarch itself changes (roles, slots, extensions) is made anew whenever
  /// it is missing, so it must not wait for them.
  public var commitsLocally: Bool

  public init(_ keywords: [String: String], searchPath: SearchPath = .pinned, commitsLocally: Bool = true) {
    self.keywords = keywords
    self.searchPath = searchPath
    self.commitsLocally = commitsLocally
  }

  /// A connection through the socket in `directory`, as the operating system's user says (`peer`).
  public static func local(
    directory: String, port: Int, user: String, database: String, searchPath: SearchPath = .pinned
  ) -> Self {
    Self(
      ["host": directory, "port": String(port), "user": user, "dbname": database, "application_name": "matriarch"],
      searchPath: searchPath)
  }

  /// The keywords with the session's settings among them.
  var resolvedKeywords: [String: String] {
    var resolved = keywords
    resolved["client_encoding"] = "UTF8"
    var options = keywords["options"].map { [$0] } ?? []
    // In `options` a blank separates arguments, so none may stand inside the value.
    if searchPath == .pinned { options.append("-c search_path=pg_catalog,pg_temp") }
    if commitsLocally { options.append("-c synchronous_commit=local") }
    if !options.isEmpty { resolved["options"] = options.joined(separator: " ") }
    return resolved
  }

  var isLocal: Bool { keywords["host"]?.hasPrefix("/") ?? false }
}
