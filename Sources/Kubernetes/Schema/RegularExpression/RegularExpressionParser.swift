/// Reads RE2's syntax. Groups do not capture: nobody asks what they matched.
struct RegularExpressionParser {
  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var depth = 0
  private var flags = Flags()
  /// Between `\Q` and `\E`.
  private var isQuoted = false

  private struct Flags {
    var foldsCase = false
    var dotMatchesNewline = false
    var isMultiline = false
  }

  /// Groups may be nested this deep; the parser recurses and must stop before its stack does.
  private static let deepestNesting = 200
  private static let mostRepetitions = 1000

  init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

  mutating func parse() throws(RegularExpressionError) -> RegularExpressionNode {
    let node = try alternatives()
    guard position == scalars.count else { throw malformed("unexpected ): `\(text(from: 0))`") }
    return node
  }

  private func malformed(_ message: String) -> RegularExpressionError {
    RegularExpressionError(kind: .malformed, message: message)
  }

  private func text(from start: Int) -> String {
    var text = ""
    text.unicodeScalars.append(contentsOf: scalars[start..<min(scalars.count, max(start, position + 1))])
    return text
  }

  private var whole: String {
    var text = ""
    text.unicodeScalars.append(contentsOf: scalars)
    return text
  }

  private var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  private func at(_ text: String) -> Bool { scalars[position...].starts(with: text.unicodeScalars) }

  private mutating func take(_ text: String) -> Bool {
    guard at(text) else { return false }
    position += text.unicodeScalars.count
    return true
  }

  private mutating func alternatives() throws(RegularExpressionError) -> RegularExpressionNode {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepestNesting else { throw malformed("expression nests too deeply") }
    var branches = [try sequence()]
    while take("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .alternatives(branches)
  }

  private mutating func sequence() throws(RegularExpressionError) -> RegularExpressionNode {
    var nodes: [RegularExpressionNode] = []
    while let scalar = current {
      if isQuoted ? take("\\E") : take("\\Q") {
        isQuoted.toggle()
        continue
      }
      if isQuoted {
        position += 1
        // What follows the quotation repeats its last character only.
        let literal = RegularExpressionNode.consume(ScalarSet(scalar, foldsCase: flags.foldsCase))
        guard take("\\E") else {
          nodes.append(literal)
          continue
        }
        isQuoted = false
        guard let (least, most) = try repetition() else {
          nodes.append(literal)
          continue
        }
        nodes.append(.repetition(literal, least: least, most: most))
        continue
      }
      if scalar == "|" || scalar == ")" { break }
      let start = position
      guard let atom = try atom() else { continue }
      var node = atom
      var isRepeated = false
      while let (least, most) = try repetition() {
        guard !isRepeated else { throw malformed("invalid nested repetition operator: `\(text(from: start))`") }
        isRepeated = true
        node = .repetition(node, least: least, most: most)
        _ = take("?")  // laziness changes which match is found, not whether there is one
      }
      nodes.append(node)
    }
    return nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  private mutating func repetition() throws(RegularExpressionError) -> (Int, Int?)? {
    if take("*") { return (0, nil) }
    if take("+") { return (1, nil) }
    if take("?") { return (0, 1) }
    guard current == "{" else { return nil }
    let start = position
    position += 1
    guard let least = number() else {
      position = start
      return nil
    }
    var most: Int? = least
    if take(",") { most = current == "}" ? nil : number() ?? -1 }
    guard take("}"), most != -1 else {
      position = start
      return nil  // a brace that is no repetition stands for itself
    }
    guard least <= Self.mostRepetitions, (most ?? 0) <= Self.mostRepetitions, least <= most ?? least else {
      throw malformed("invalid repeat count: `\(text(from: start))`")
    }
    return (least, most)
  }

  private mutating func number() -> Int? {
    let start = position
    var value = 0
    while let scalar = current, ("0"..."9").contains(scalar) {
      value = min(value * 10 + Int(scalar.value - 48), 1_000_000)
      position += 1
    }
    return position > start ? value : nil
  }

  /// One thing that may be repeated; nil where there is only a change of flags.
  private mutating func atom() throws(RegularExpressionError) -> RegularExpressionNode? {
    guard let scalar = current else { return .empty }
    switch scalar {
    case "(": return try group()
    case "[": return .consume(try bracket())
    case ".":
      position += 1
      return .consume(flags.dotMatchesNewline ? .any : .anyButNewline)
    case "^":
      position += 1
      return .assertion(flags.isMultiline ? .lineStart : .textStart)
    case "$":
      position += 1
      return .assertion(flags.isMultiline ? .lineEnd : .textEnd)
    case "*", "+", "?": throw malformed("missing argument to repetition operator: `\(scalar)`")
    case "\\": return try escape()
    default:
      position += 1
      return .consume(ScalarSet(scalar, foldsCase: flags.foldsCase))
    }
  }

  private mutating func group() throws(RegularExpressionError) -> RegularExpressionNode? {
    position += 1
    let outer = flags
    if take("?") {
      if take("P<") || (at("<") && !at("<=") && !at("<!") && take("<")) {
        while let scalar = current, scalar != ">" {
          guard ScalarSet.word.contains(scalar) else { throw malformed("invalid named capture: `\(whole)`") }
          position += 1
        }
        guard take(">") else { throw malformed("invalid named capture: `\(whole)`") }
      } else if try flagList() {
        return nil
      }
    }
    let node = try alternatives()
    flags = outer
    guard take(")") else { throw malformed("missing closing ): `\(whole)`") }
    return node
  }

  /// Reads `i-s:` or `i)`; true when the flags hold for the rest of the enclosing group.
  private mutating func flagList() throws(RegularExpressionError) -> Bool {
    var value = true
    while let scalar = current {
      position += 1
      switch scalar {
      case "i": flags.foldsCase = value
      case "s": flags.dotMatchesNewline = value
      case "m": flags.isMultiline = value
      case "U": break  // laziness again
      case "-" where value: value = false
      case ":": return false
      case ")": return true
      default: throw malformed("invalid or unsupported Perl syntax: `(?\(scalar)`")
      }
    }
    throw malformed("missing closing ): `\(whole)`")
  }

  private mutating func escape() throws(RegularExpressionError) -> RegularExpressionNode {
    let start = position
    if take("\\A") { return .assertion(.textStart) }
    if take("\\z") { return .assertion(.textEnd) }
    if take("\\b") { return .assertion(.wordBoundary) }
    if take("\\B") { return .assertion(.noWordBoundary) }
    if let set = try perlClass() { return .consume(set) }
    position = start
    return .consume(ScalarSet(try escapedScalar(), foldsCase: flags.foldsCase))
  }

  /// `\d`, `\pL`, `\P{Lu}`: the escapes that stand for many characters, inside brackets and outside.
  private mutating func perlClass() throws(RegularExpressionError) -> ScalarSet? {
    if take("\\d") { return .digit }
    if take("\\D") { return ScalarSet.digit.negated }
    if take("\\w") { return .word }
    if take("\\W") { return ScalarSet.word.negated }
    if take("\\s") { return .space }
    if take("\\S") { return ScalarSet.space.negated }
    guard at("\\p") || at("\\P") else { return nil }
    let start = position
    var isNegated = at("\\P")
    position += 2
    var name = ""
    if take("{") {
      if take("^") { isNegated.toggle() }
      while let scalar = current, scalar != "}" {
        name.unicodeScalars.append(scalar)
        position += 1
      }
      guard take("}") else { throw malformed("invalid character class range: `\(text(from: start))`") }
    } else if let scalar = current {
      name.unicodeScalars.append(scalar)
      position += 1
    }
    guard let set = ScalarSet.category(name) else {
      throw RegularExpressionError(kind: .unsupported, message: "unknown character class: `\\p{\(name)}`")
    }
    return isNegated ? set.negated : set
  }

  private mutating func escapedScalar() throws(RegularExpressionError) -> Unicode.Scalar {
    position += 1
    guard let scalar = current else { throw malformed("trailing backslash at end of expression: ``") }
    position += 1
    switch scalar {
    case "n": return "\n"
    case "t": return "\t"
    case "r": return "\r"
    case "f": return "\u{C}"
    case "v": return "\u{B}"
    case "a": return "\u{7}"
    case "x": return try hexadecimal()
    case "0"..."7":
      // `\1` to `\7` alone would be a back-reference, which RE2 does not have.
      var value = scalar.value - 48
      var count = 1
      while count < 3, let digit = current, ("0"..."7").contains(digit) {
        value = value * 8 + digit.value - 48
        position += 1
        count += 1
      }
      guard scalar == "0" || count > 1, let result = Unicode.Scalar(value) else {
        throw malformed("invalid escape sequence: `\\\(scalar)`")
      }
      return result
    default:
      let isPunctuation = scalar.value < 128 && !ScalarSet.word.contains(scalar) || scalar == "_"
      guard isPunctuation else { throw malformed("invalid escape sequence: `\\\(scalar)`") }
      return scalar
    }
  }

  private mutating func hexadecimal() throws(RegularExpressionError) -> Unicode.Scalar {
    var digits = ""
    if take("{") {
      while let scalar = current, scalar != "}", digits.count < 9 {
        digits.unicodeScalars.append(scalar)
        position += 1
      }
      guard take("}") else { throw malformed("invalid escape sequence: `\\x{\(digits)`") }
    } else {
      while digits.count < 2, let scalar = current {
        digits.unicodeScalars.append(scalar)
        position += 1
      }
      guard digits.count == 2 else { throw malformed("invalid escape sequence: `\\x\(digits)`") }
    }
    guard let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) else {
      throw malformed("invalid escape sequence: `\\x\(digits)`")
    }
    return scalar
  }

  private mutating func bracket() throws(RegularExpressionError) -> ScalarSet {
    let start = position
    position += 1
    let isNegated = take("^")
    var ranges: [ClosedRange<UInt32>] = []
    var parts: [ScalarSet] = []
    var isFirst = true
    while isFirst || current != "]" {
      guard let scalar = current else { throw malformed("missing closing ]: `\(text(from: start))`") }
      isFirst = false
      if at("[:"), let set = try posixClass() {
        parts.append(set)
        continue
      }
      if scalar == "\\", let set = try perlClass() {
        parts.append(set)
        continue
      }
      let low = try bracketScalar()
      var high = low
      if current == "-", position + 1 < scalars.count, scalars[position + 1] != "]" {
        position += 1
        high = try bracketScalar()
        guard low.value <= high.value else { throw malformed("invalid character class range: `\(low)-\(high)`") }
      }
      ranges.append(low.value...high.value)
    }
    position += 1
    return ScalarSet(ranges: ranges, parts: parts, negated: isNegated, foldsCase: flags.foldsCase)
  }

  private mutating func bracketScalar() throws(RegularExpressionError) -> Unicode.Scalar {
    guard let scalar = current else { throw malformed("missing closing ]: `\(whole)`") }
    if scalar == "\\" { return try escapedScalar() }
    position += 1
    return scalar
  }

  private mutating func posixClass() throws(RegularExpressionError) -> ScalarSet? {
    guard let end = scalars[position...].firstIndex(of: "]"), end > position + 2, scalars[end - 1] == ":" else {
      return nil
    }
    var name = ""
    name.unicodeScalars.append(contentsOf: scalars[(position + 2)..<(end - 1)])
    let isNegated = name.hasPrefix("^")
    guard let set = ScalarSet.posix(isNegated ? String(name.dropFirst()) : name) else {
      throw malformed("invalid character class range: `[:\(name):]`")
    }
    position = end + 1
    return isNegated ? set.negated : set
  }
}
