/// Why a text is not JSON.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
  public let message: String
  /// Bytes from the start of the text.
  public let offset: Int

  public var description: String { "invalid JSON at byte \(offset): \(message)" }
}

extension JSON {
  /// Values may be nested this deep; Kubernetes stops at 10,000, far beyond any object, and a parser that recurses must
  /// stop before its stack does.
  public static let deepestNesting = 256

  /// Parses one JSON text (RFC 8259).
  ///
  /// - Parameter duplicates: receives the path of every member that stands twice in one object
  ///   (`spec.containers[0].name`); the last one counts.
  /// - Throws: ``JSONError``.
  public init(parsing bytes: some Collection<UInt8>, duplicates: ((String) -> Void)? = nil) throws(JSONError) {
    var parser = JSONParser(bytes: Array(bytes), duplicates: duplicates)
    self = try parser.document()
  }

  /// Parses one JSON text (RFC 8259).
  public init(parsing text: String) throws(JSONError) {
    try self.init(parsing: Array(text.utf8))
  }
}

private struct JSONParser {
  let bytes: [UInt8]
  let duplicates: ((String) -> Void)?
  var position = 0
  var path: [String] = []

  init(bytes: [UInt8], duplicates: ((String) -> Void)?) {
    self.bytes = bytes
    self.duplicates = duplicates
  }

  mutating func document() throws(JSONError) -> JSON {
    let value = try self.value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw error("text after the value") }
    return value
  }

  private func error(_ message: String) -> JSONError { JSONError(message: message, offset: position) }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  private func peek() throws(JSONError) -> UInt8 {
    guard position < bytes.count else { throw error("the text ends too early") }
    return bytes[position]
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSON {
    guard depth < JSON.deepestNesting else { throw error("nested deeper than \(JSON.deepestNesting)") }
    skipSpace()
    switch try peek() {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ word: String, _ value: JSON) throws(JSONError) -> JSON {
    guard bytes[position...].starts(with: word.utf8) else { throw error("not a JSON value") }
    position += word.utf8.count
    return value
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSON {
    position += 1
    var members: [String: JSON] = [:]
    skipSpace()
    if try peek() == UInt8(ascii: "}") {
      position += 1
      return .object(members)
    }
    while true {
      skipSpace()
      guard try peek() == UInt8(ascii: "\"") else { throw error("expected the name of a member") }
      let key = try string()
      skipSpace()
      guard try peek() == UInt8(ascii: ":") else { throw error("expected ':'") }
      position += 1
      path.append(path.isEmpty ? key : ".\(key)")
      let value = try self.value(depth: depth + 1)
      if members.updateValue(value, forKey: key) != nil { duplicates?(path.joined()) }
      path.removeLast()
      skipSpace()
      switch try peek() {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "}"):
        position += 1
        return .object(members)
      default: throw error("expected ',' or '}'")
      }
    }
  }

  private mutating func array(depth: Int) throws(JSONError) -> JSON {
    position += 1
    var elements: [JSON] = []
    skipSpace()
    if try peek() == UInt8(ascii: "]") {
      position += 1
      return .array(elements)
    }
    while true {
      path.append("[\(elements.count)]")
      elements.append(try value(depth: depth + 1))
      path.removeLast()
      skipSpace()
      switch try peek() {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "]"):
        position += 1
        return .array(elements)
      default: throw error("expected ',' or ']'")
      }
    }
  }

  private mutating func string() throws(JSONError) -> String {
    position += 1
    let start = position
    // Most strings have no escapes and are one slice of the text.
    while true {
      let byte = try peek()
      if byte == UInt8(ascii: "\"") {
        let text = try utf8(bytes[start..<position])
        position += 1
        return text
      }
      if byte == UInt8(ascii: "\\") { break }
      if byte < 0x20 { throw error("a control character in a string") }
      position += 1
    }
    var buffer = Array(bytes[start..<position])
    while true {
      let byte = try peek()
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return try utf8(buffer[...])
      case UInt8(ascii: "\\"): try escape(into: &buffer)
      case 0..<0x20: throw error("a control character in a string")
      default: buffer.append(byte)
      }
    }
  }

  private func utf8(_ slice: ArraySlice<UInt8>) throws(JSONError) -> String {
    guard let text = String(validating: slice, as: UTF8.self) else { throw error("a string that is not UTF-8") }
    return text
  }

  private mutating func escape(into buffer: inout [UInt8]) throws(JSONError) {
    let byte = try peek()
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(byte)
    case UInt8(ascii: "b"): buffer.append(0x08)
    case UInt8(ascii: "f"): buffer.append(0x0C)
    case UInt8(ascii: "n"): buffer.append(0x0A)
    case UInt8(ascii: "r"): buffer.append(0x0D)
    case UInt8(ascii: "t"): buffer.append(0x09)
    case UInt8(ascii: "u"):
      var code = UInt32(try hex4())
      if (0xD800..<0xDC00).contains(code), bytes[position...].starts(with: #"\u"#.utf8) {
        position += 2
        let low = UInt32(try hex4())
        guard (0xDC00..<0xE000).contains(low) else { throw error("half a surrogate pair") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw error("half a surrogate pair") }
      buffer.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    default: throw error("an unknown escape in a string")
    }
  }

  private mutating func hex4() throws(JSONError) -> UInt16 {
    guard position + 4 <= bytes.count,
      bytes[position..<position + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt16(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    else { throw error("expected four hexadecimal digits") }
    position += 4
    return value
  }

  private mutating func number() throws(JSONError) -> JSON {
    let start = position
    if try peek() == UInt8(ascii: "-") { position += 1 }
    let whole = digits()
    guard whole > 0, !(whole > 1 && bytes[position - whole] == UInt8(ascii: "0")) else {
      throw error("not a JSON value")
    }
    var isWhole = true
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      isWhole = false
      position += 1
      guard digits() > 0 else { throw error("a fraction without digits") }
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      isWhole = false
      position += 1
      if position < bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[position]) { position += 1 }
      guard digits() > 0 else { throw error("an exponent without digits") }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let value = Int64(text) { return .int(value) }
    guard let value = Double(text), value.isFinite else { throw error("a number out of range") }
    return .double(value)
  }

  private mutating func digits() -> Int {
    let start = position
    while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) { position += 1 }
    return position - start
  }
}
