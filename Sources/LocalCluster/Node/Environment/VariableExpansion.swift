/// Kubernetes' `$(NAME)` in commands, arguments, variables and `subPathExpr`.
enum VariableExpansion {
  /// The text with each `$(NAME)` replaced by the variable's value. An unknown name stays as it is, `$$` is one dollar
  /// sign, and any other use of `$` means itself (API reference of `Container.command`).
  static func expand(_ text: String, _ value: (String) -> String?) -> String {
    guard text.contains("$") else { return text }
    var result = ""
    var rest = Substring(text)
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[rest.index(after: dollar)...]
      switch rest.first {
      case "$":
        result += "$"
        rest = rest.dropFirst()
      case "(":
        guard let end = rest.firstIndex(of: ")") else {
          result += "$"
          continue
        }
        let name = String(rest[rest.index(after: rest.startIndex)..<end])
        result += value(name) ?? "$(\(name))"
        rest = rest[rest.index(after: end)...]
      default:
        result += "$"
      }
    }
    return result + rest
  }
}
