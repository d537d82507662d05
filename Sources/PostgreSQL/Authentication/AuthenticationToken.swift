/// The tokens of `pg_hba.conf` and `pg_ident.conf`: fields separated by blanks, each a list separated by commas.
struct AuthenticationToken: Equatable {
  var text: String
  /// Quoting takes the special meaning from words such as `all`.
  var isQuoted: Bool

  struct SyntaxError: Error, CustomStringConvertible {
    var description: String
  }

  /// Splits a line as PostgreSQL does (hba.c, `next_token`): a comment begins with `#` outside of quotes.
  static func fields(of line: String) throws(SyntaxError) -> [[AuthenticationToken]] {
    if line.contains(where: \.isNewline) {
      throw SyntaxError(description: "it holds a line break; write each rule as an entry of its own")
    }
    if line.last == "\\" { throw SyntaxError(description: "it ends in a backslash, which would swallow the next line") }
    var fields: [[AuthenticationToken]] = []
    var field: [AuthenticationToken] = []
    var token: AuthenticationToken?
    var isInQuotes = false
    var expectsMore = false
    func finishToken() {
      if let token { field.append(token) }
      token = nil
    }
    for character in line {
      if isInQuotes {
        if character == "\"" { isInQuotes = false } else { token?.text.append(character) }
        continue
      }
      switch character {
      case "\"":
        isInQuotes = true
        token = AuthenticationToken(text: token?.text ?? "", isQuoted: true)
        expectsMore = false
      case ",":
        finishToken()
        expectsMore = true
      case " ", "\t":
        finishToken()
        // A blank after a comma does not end the list.
        if !expectsMore, !field.isEmpty {
          fields.append(field)
          field = []
        }
      case "#":
        finishToken()
        if !field.isEmpty { fields.append(field) }
        return fields
      default:
        if token == nil, !expectsMore, !field.isEmpty { break }
        token = AuthenticationToken(text: (token?.text ?? "") + String(character), isQuoted: token?.isQuoted ?? false)
        expectsMore = false
      }
    }
    if isInQuotes { throw SyntaxError(description: "a quoted name is not closed with \"") }
    finishToken()
    if !field.isEmpty { fields.append(field) }
    return fields
  }

  /// Quotes a name where it needs quotes.
  static func quote(_ name: String) -> String {
    let isPlain = !name.isEmpty && name.allSatisfy { $0.isLetter || $0.isNumber || "_-.$".contains($0) }
    return isPlain ? name : "\"\(name.replacing("\"", with: ""))\""
  }
}
