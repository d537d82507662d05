/// A word of an expression.
enum CELToken: Equatable {
  case identifier(String)
  case literal(JSON)
  case symbol(String)
  case end
}

/// Cuts the text of an expression into words.
struct CELLexer {
  private let scalars: [Unicode.Scalar]
  private var position = 0

  init(_ text: String) { scalars = Array(text.unicodeScalars) }

  static func tokens(of text: String) throws(CELError) -> [CELToken] {
    var lexer = CELLexer(text)
    var tokens: [CELToken] = []
    while let token = try lexer.next() { tokens.append(token) }
    tokens.append(.end)
    return tokens
  }

  private var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  private func peek(_ distance: Int) -> Unicode.Scalar? {
    position + distance < scalars.count ? scalars[position + distance] : nil
  }

  private func error(_ message: String) -> CELError {
    CELError(kind: .syntax, message: "Syntax error at character \(position + 1): \(message)")
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  private mutating func next() throws(CELError) -> CELToken? {
    while let scalar = current {
      if scalar == " " || scalar == "\n" || scalar == "\t" || scalar == "\r" {
        position += 1
      } else if scalar == "/", peek(1) == "/" {
        while let scalar = current, scalar != "\n" { position += scalar == "\n" ? 0 : 1 }
      } else {
        break
      }
    }
    guard let scalar = current else { return nil }
    if scalar == "\"" || scalar == "'" { return .literal(.string(try string(isRaw: false))) }
    if let quote = peek(1), quote == "\"" || quote == "'" {
      if scalar == "r" || scalar == "R" {
        position += 1
        return .literal(.string(try string(isRaw: true)))
      }
      if scalar == "b" || scalar == "B" { throw .unsupported("bytes are not supported") }
    }
    if Self.isLetter(scalar) { return identifier() }
    if Self.isDigit(scalar) || scalar == "." && peek(1).map(Self.isDigit) == true { return .literal(try number()) }
    return .symbol(try symbol())
  }

  private mutating func identifier() -> CELToken {
    var name = ""
    while let scalar = current, Self.isLetter(scalar) || Self.isDigit(scalar) {
      name.unicodeScalars.append(scalar)
      position += 1
    }
    switch name {
    case "true": return .literal(true)
    case "false": return .literal(false)
    case "null": return .literal(.null)
    default: return .identifier(name)
    }
  }

  private mutating func symbol() throws(CELError) -> String {
    for length in [2, 1] {
      guard position + length <= scalars.count else { continue }
      var text = ""
      text.unicodeScalars.append(contentsOf: scalars[position..<position + length])
      let known: Set<String> = [
        "==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")", "[",
        "]", "{", "}",
      ]
      guard known.contains(text) else { continue }
      position += length
      return text
    }
    throw error("token recognition error at: '\(scalars[position])'")
  }

  private mutating func number() throws(CELError) -> JSON {
    var text = ""
    var isWhole = true
    if current == "0", peek(1) == "x" || peek(1) == "X" {
      position += 2
      while let scalar = current, scalar.properties.isASCIIHexDigit {
        text.unicodeScalars.append(scalar)
        position += 1
      }
      guard let value = Int64(text, radix: 16) else { throw error("invalid int literal") }
      return .int(value)
    }
    while let scalar = current {
      let isSign = (scalar == "+" || scalar == "-") && (text.hasSuffix("e") || text.hasSuffix("E"))
      let isFraction = scalar == "." || scalar == "e" || scalar == "E" || isSign
      guard Self.isDigit(scalar) || isFraction else { break }
      if isFraction { isWhole = false }
      text.unicodeScalars.append(scalar)
      position += 1
    }
    if current == "u" || current == "U" { throw .unsupported("unsigned numbers are not supported") }
    if isWhole {
      guard let value = Int64(text) else { throw error("invalid int literal") }
      return .int(value)
    }
    guard let value = Double(text.hasPrefix(".") ? "0" + text : text) else { throw error("invalid double literal") }
    return .double(value)
  }

  private mutating func string(isRaw: Bool) throws(CELError) -> String {
    guard let quote = current else { throw error("expected a string") }
    let isLong = peek(1) == quote && peek(2) == quote
    position += isLong ? 3 : 1
    var text = ""
    while let scalar = current {
      if scalar == quote, !isLong || peek(1) == quote && peek(2) == quote {
        position += isLong ? 3 : 1
        return text
      }
      if scalar == "\n" && !isLong { break }
      position += 1
      if scalar == "\\" && !isRaw {
        text.unicodeScalars.append(try escape())
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    throw error("a string that does not end")
  }

  private mutating func escape() throws(CELError) -> Unicode.Scalar {
    guard let scalar = current else { throw error("a string that does not end") }
    position += 1
    switch scalar {
    case "n": return "\n"
    case "t": return "\t"
    case "r": return "\r"
    case "a": return "\u{7}"
    case "b": return "\u{8}"
    case "f": return "\u{C}"
    case "v": return "\u{B}"
    case "\\", "'", "\"", "`", "?": return scalar
    case "x", "X": return try code(digits: 2, radix: 16)
    case "u": return try code(digits: 4, radix: 16)
    case "U": return try code(digits: 8, radix: 16)
    case "0"..."3":
      position -= 1
      return try code(digits: 3, radix: 8)
    default: throw error("an unknown escape in a string")
    }
  }

  private mutating func code(digits: Int, radix: Int) throws(CELError) -> Unicode.Scalar {
    guard position + digits <= scalars.count else { throw error("an escape that ends too early") }
    var text = ""
    text.unicodeScalars.append(contentsOf: scalars[position..<position + digits])
    position += digits
    guard let value = UInt32(text, radix: radix), let scalar = Unicode.Scalar(value) else {
      throw error("an unknown escape in a string")
    }
    return scalar
  }
}
