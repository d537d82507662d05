extension PythonLiteral {
  /// Reads a literal; nil for anything that is none, or is nested deeper than anybody writes.
  init?(_ text: some StringProtocol) {
    var parser = Parser(rest: Array(text.unicodeScalars)[...])
    guard let value = parser.value(depth: 0), parser.isAtEnd else { return nil }
    self = value
  }

  private struct Parser {
    var rest: ArraySlice<Unicode.Scalar>

    var isAtEnd: Bool {
      mutating get {
        skipSpace()
        return rest.isEmpty
      }
    }

    mutating func skipSpace() { rest = rest.drop { $0 == " " || $0 == "\n" || $0 == "\t" } }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
      skipSpace()
      guard rest.first == scalar else { return false }
      rest.removeFirst()
      return true
    }

    mutating func value(depth: Int) -> PythonLiteral? {
      guard depth < 16 else { return nil }
      skipSpace()
      switch rest.first {
      case "'", "\"": return string().map { .string($0) }
      case "[":
        rest.removeFirst()
        return members(until: "]", depth: depth).map { .list($0.values) }
      case "(":
        rest.removeFirst()
        guard let (values, hasComma) = members(until: ")", depth: depth) else { return nil }
        // Parentheses around one value, and no comma, are only parentheses.
        return values.count == 1 && !hasComma ? values[0] : .tuple(values)
      case "{":
        rest.removeFirst()
        return pairs(depth: depth).map { .dictionary($0) }
      default: return word()
      }
    }

    private mutating func members(until end: Unicode.Scalar, depth: Int) -> (values: [PythonLiteral], hasComma: Bool)? {
      var values: [PythonLiteral] = []
      var hasComma = false
      while !take(end) {
        guard values.isEmpty || hasComma, let value = value(depth: depth + 1) else { return nil }
        values.append(value)
        hasComma = take(",")
        if !hasComma { return take(end) ? (values, values.count > 1) : nil }
      }
      return (values, hasComma)
    }

    private mutating func pairs(depth: Int) -> [Pair]? {
      var pairs: [Pair] = []
      while !take("}") {
        guard let key = value(depth: depth + 1), take(":"), let value = value(depth: depth + 1) else { return nil }
        pairs.append(Pair(key: key, value: value))
        if !take(",") { return take("}") ? pairs : nil }
      }
      return pairs
    }

    private mutating func word() -> PythonLiteral? {
      let end = rest.firstIndex { [",", "]", ")", "}", ":", " ", "\n", "\t"].contains($0) } ?? rest.endIndex
      var text = String.UnicodeScalarView()
      text.append(contentsOf: rest[..<end])
      rest = rest[end...]
      switch String(text) {
      case "None": return PythonLiteral.none
      case "True": return .boolean(true)
      case "False": return .boolean(false)
      case let number: return Int64(number).map { .integer($0) } ?? Double(number).map { .float($0) }
      }
    }

    private mutating func string() -> String? {
      guard let quote = rest.popFirst() else { return nil }
      var text = String.UnicodeScalarView()
      while let scalar = rest.popFirst() {
        if scalar == quote { return String(text) }
        guard scalar == "\\" else {
          text.append(scalar)
          continue
        }
        guard let escaped = rest.popFirst() else { return nil }
        switch escaped {
        case "n": text.append("\n")
        case "r": text.append("\r")
        case "t": text.append("\t")
        case "\\", "'", "\"": text.append(escaped)
        case "x": guard append(digits: 2, to: &text) else { return nil }
        case "u": guard append(digits: 4, to: &text) else { return nil }
        case "U": guard append(digits: 8, to: &text) else { return nil }
        default: return nil
        }
      }
      return nil
    }

    private mutating func append(digits: Int, to text: inout String.UnicodeScalarView) -> Bool {
      guard rest.count >= digits else { return false }
      var hexadecimal = String.UnicodeScalarView()
      hexadecimal.append(contentsOf: rest.prefix(digits))
      guard let number = UInt32(String(hexadecimal), radix: 16), let scalar = Unicode.Scalar(number) else {
        return false
      }
      rest = rest.dropFirst(digits)
      text.append(scalar)
      return true
    }
  }
}
