/// Writes the bodies of answers.
struct StorageXML {
  private(set) var text = #"<?xml version="1.0" encoding="utf-8"?>"#

  mutating func element(
    _ name: String, _ attributes: [(name: String, value: String)] = [], _ body: (inout StorageXML) -> Void
  ) {
    text += "<\(name)"
    for attribute in attributes { text += " \(attribute.name)=\"\(Self.escaped(attribute.value))\"" }
    text += ">"
    body(&self)
    text += "</\(name)>"
  }

  mutating func leaf(_ name: String, _ content: String?) {
    guard let content, !content.isEmpty else {
      text += "<\(name) />"
      return
    }
    text += "<\(name)>\(Self.escaped(content))</\(name)>"
  }

  /// A name of a blob. What XML 1.0 cannot hold is percent-encoded, and said to be.
  mutating func nameLeaf(_ name: String) {
    let isHoldable = name.unicodeScalars.allSatisfy {
      $0.value >= 0x20 && $0.value != 0xFFFE && $0.value != 0xFFFF || [0x9, 0xA, 0xD].contains($0.value)
    }
    guard !isHoldable else { return leaf("Name", name) }
    let encoded = name.utf8.map { byte -> String in
      byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "%")
        ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }.joined()
    text += "<Name Encoded=\"true\">\(Self.escaped(encoded))</Name>"
  }

  static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: { "&<>\"\r".utf8.contains($0) }) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\r": result += "&#13;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

/// Reads the bodies of requests, which are lists of short texts: the elements without elements in them, in their order.
struct StorageXMLReader {
  struct Leaf: Equatable {
    /// From the root: `["BlockList", "Latest"]`.
    var path: [String]
    var text: String
  }

  private var rest: Substring
  private var path: [String] = []
  private var leaves: [Leaf] = []

  /// - Throws: ``StorageError/invalidXML``.
  static func leaves(of bytes: [UInt8]) throws(StorageError) -> [Leaf] {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .invalidXML }
    var reader = StorageXMLReader(rest: text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...])
    try reader.read()
    return reader.leaves
  }

  private init(rest: Substring) { self.rest = rest }

  private mutating func read() throws(StorageError) {
    var text = ""
    var hasElements = false
    while let mark = rest.firstIndex(of: "<") {
      text += rest[..<mark]
      rest = rest[mark...].dropFirst()
      if rest.hasPrefix("!--") {
        try skip(past: "-->")
      } else if rest.hasPrefix("?") {
        try skip(past: "?>")
      } else if rest.hasPrefix("!") {
        // A document type may define entities, which nobody who sends a list of blocks needs.
        throw .invalidXML
      } else if rest.hasPrefix("/") {
        guard let name = path.popLast(), tag(rest.dropFirst()) == name else { throw .invalidXML }
        try skip(past: ">")
        if !hasElements { leaves.append(Leaf(path: path + [name], text: try Self.unescaped(text))) }
        text = ""
        hasElements = true
      } else {
        let name = tag(rest)
        guard !name.isEmpty, path.count < 16 else { throw .invalidXML }
        guard let end = rest.firstIndex(of: ">") else { throw .invalidXML }
        let isEmpty = rest[..<end].hasSuffix("/")
        rest = rest[end...].dropFirst()
        if isEmpty {
          leaves.append(Leaf(path: path + [name], text: ""))
        } else {
          path.append(name)
        }
        text = ""
        hasElements = isEmpty
      }
    }
    guard path.isEmpty else { throw .invalidXML }
  }

  private mutating func skip(past end: String) throws(StorageError) {
    guard let found = rest.firstRange(of: end) else { throw .invalidXML }
    rest = rest[found.upperBound...]
  }

  private func tag(_ text: Substring) -> String {
    String(text.prefix { !$0.isWhitespace && $0 != ">" && $0 != "/" && $0 != "<" })
  }

  private static func unescaped(_ text: String) throws(StorageError) -> String {
    guard text.contains("&") else { return text }
    var result = ""
    var rest = text[...]
    while let mark = rest.firstIndex(of: "&") {
      result += rest[..<mark]
      guard let end = rest[mark...].firstIndex(of: ";") else { throw .invalidXML }
      let name = rest[mark..<end].dropFirst()
      switch name {
      case "amp": result += "&"
      case "lt": result += "<"
      case "gt": result += ">"
      case "quot": result += "\""
      case "apos": result += "'"
      default:
        let digits = name.dropFirst()
        let number = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        guard name.hasPrefix("#"), let scalar = number.flatMap(UnicodeScalar.init) else { throw .invalidXML }
        result.unicodeScalars.append(scalar)
      }
      rest = rest[end...].dropFirst()
    }
    return result + rest
  }
}
