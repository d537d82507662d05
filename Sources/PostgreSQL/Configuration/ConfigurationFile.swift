/// A file of `name = 'value'` lines, such as `postgresql.conf`.
public enum ConfigurationFile {
  /// The lines, sorted by name, each ended by a newline. Equal parameters give equal bytes.
  public static func render(_ parameters: [String: String]) -> String {
    parameters.sorted { $0.key < $1.key }.map { line($0.key, $0.value) }.joined()
  }

  public static func line(_ name: String, _ value: String) -> String { "\(name) = '\(escape(value))'\n" }

  /// The escapes that the lexer of PostgreSQL's configuration files undoes (guc-file.l, `DeescapeQuotedString`).
  static func escape(_ value: String) -> String {
    var escaped = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "'": escaped += "''"
      case "\n": escaped += "\\n"
      case "\r": escaped += "\\r"
      case "\t": escaped += "\\t"
      case "\u{08}": escaped += "\\b"
      case "\u{0C}": escaped += "\\f"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// Reads a file back. Names are lower-cased, as PostgreSQL compares them; the last of several lines wins;
  /// `include` lines are left out.
  ///
  /// - Throws: ``ConfigurationSyntaxError`` with the number of the line.
  public static func parse(_ text: String) throws(ConfigurationSyntaxError) -> [String: String] {
    var parameters: [String: String] = [:]
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      var reader = LineReader(line)
      do {
        guard let (name, value) = try reader.assignment() else { continue }
        if !["include", "include_dir", "include_if_exists"].contains(name) { parameters[name] = value }
      } catch {
        throw ConfigurationSyntaxError(line: index + 1, text: String(line))
      }
    }
    return parameters
  }
}

/// A line that PostgreSQL would not read either.
public struct ConfigurationSyntaxError: Error, Equatable, CustomStringConvertible {
  public var line: Int
  public var text: String
  public var description: String { "syntax error in line \(line): \(text)" }
}

private struct LineReader {
  struct Malformed: Error {}

  private var rest: Substring

  init(_ line: Substring) { rest = line }

  /// Nil for an empty line and for a comment.
  mutating func assignment() throws(Malformed) -> (name: String, value: String)? {
    skipBlanks()
    guard let first = rest.first, first != "#" else { return nil }
    let name = take { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." || $0 == "$" }
    guard !name.isEmpty else { throw Malformed() }
    skipBlanks()
    if rest.first == "=" {
      rest.removeFirst()
      skipBlanks()
    }
    let value = rest.first == "'" ? try quoted() : String(take { !$0.isWhitespace && $0 != "#" && $0 != "'" })
    skipBlanks()
    guard rest.isEmpty || rest.first == "#" else { throw Malformed() }
    return (name.lowercased(), value)
  }

  private mutating func skipBlanks() { while rest.first?.isWhitespace == true { rest.removeFirst() } }

  private mutating func take(while belongs: (Character) -> Bool) -> Substring {
    let taken = rest.prefix(while: belongs)
    rest = rest.dropFirst(taken.count)
    return taken
  }

  private mutating func quoted() throws(Malformed) -> String {
    rest.removeFirst()
    var value = ""
    while let character = rest.popFirst() {
      if character == "'" {
        guard rest.first == "'" else { return value }
        rest.removeFirst()
        value.append("'")
      } else if character == "\\" {
        guard let escaped = rest.popFirst() else { throw Malformed() }
        switch escaped {
        case "n": value.append("\n")
        case "r": value.append("\r")
        case "t": value.append("\t")
        case "b": value.append("\u{08}")
        case "f": value.append("\u{0C}")
        default: value.append(escaped)
        }
      } else {
        value.append(character)
      }
    }
    throw Malformed()
  }
}
