/// A libpq connection string of `keyword=value` pairs, as `primary_conninfo` and pg_basebackup's `-d` take it.
public struct ConnectionString: Sendable, Equatable {
  /// In the order in which they are written.
  public var parameters: [(keyword: String, value: String)]

  public init(_ parameters: [(keyword: String, value: String)]) { self.parameters = parameters }

  public subscript(_ keyword: String) -> String? {
    get { parameters.last { $0.keyword == keyword }?.value }
    set {
      parameters.removeAll { $0.keyword == keyword }
      if let newValue { parameters.append((keyword, newValue)) }
    }
  }

  public var text: String { parameters.map { "\($0.keyword)=\(Self.quote($0.value))" }.joined(separator: " ") }

  /// Values with blanks, quotes or backslashes, and empty ones, go into single quotes (libpq, "Connection Strings").
  static func quote(_ value: String) -> String {
    let isPlain = !value.isEmpty && value.allSatisfy { !$0.isWhitespace && $0 != "'" && $0 != "\\" }
    if isPlain { return value }
    return "'" + value.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
  }

  public static func == (left: Self, right: Self) -> Bool { left.text == right.text }
}
