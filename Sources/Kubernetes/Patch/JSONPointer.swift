/// A place in a JSON document (RFC 6901): `/spec/containers/0/image`.
struct JSONPointer: Equatable, CustomStringConvertible {
  let tokens: [String]
  let description: String

  init(_ text: String) throws(PatchError) {
    description = text
    if text.isEmpty {
      tokens = []
      return
    }
    guard text.hasPrefix("/") else {
      throw .malformed("the path \(goQuoted(text)) of a JSON patch must begin with '/'")
    }
    tokens = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map { token in
      // The order matters: `~01` is `~1`, not `/`.
      token.contains("~") ? String(token.replacing("~1", with: "/").replacing("~0", with: "~")) : String(token)
    }
  }

  /// Whether this place is strictly below another.
  func isInside(_ other: JSONPointer) -> Bool {
    tokens.count > other.tokens.count && tokens.starts(with: other.tokens)
  }

  func value(in document: JSON) -> JSON? {
    var value = document
    for token in tokens {
      switch value {
      case .object(let members):
        guard let member = members[token] else { return nil }
        value = member
      case .array(let elements):
        guard let index = Self.index(token), index < elements.count else { return nil }
        value = elements[index]
      default: return nil
      }
    }
    return value
  }

  func add(_ value: JSON, to document: inout JSON, _ operation: String) throws(PatchError) {
    // Copies of copies nest without end, and whatever walks the document afterwards recurses.
    guard tokens.count + value.nesting <= JSON.deepestNesting else {
      throw .notApplicable("\(operation) operation does not apply: nested deeper than \(JSON.deepestNesting)")
    }
    guard let last = tokens.last else {
      document = value
      return
    }
    try change(&document, tokens.dropLast(), operation) { (parent) throws(PatchError) in
      switch parent {
      case .object(var members):
        parent = .null
        members[last] = value
        parent = .object(members)
      case .array(var elements):
        let index = last == "-" ? elements.count : Self.index(last)
        guard let index, index <= elements.count else { throw missing(operation) }
        parent = .null
        elements.insert(value, at: index)
        parent = .array(elements)
      default: throw missing(operation)
      }
    }
  }

  func remove(from document: inout JSON, _ operation: String) throws(PatchError) -> JSON {
    guard let last = tokens.last else {
      let removed = document
      document = .null
      return removed
    }
    var removed = JSON.null
    try change(&document, tokens.dropLast(), operation) { (parent) throws(PatchError) in
      switch parent {
      case .object(var members):
        parent = .null
        let value = members.removeValue(forKey: last)
        parent = .object(members)
        guard let value else { throw missing(operation) }
        removed = value
      case .array(var elements):
        guard let index = Self.index(last), index < elements.count else { throw missing(operation) }
        parent = .null
        removed = elements.remove(at: index)
        parent = .array(elements)
      default: throw missing(operation)
      }
    }
    return removed
  }

  func replace(with value: JSON, in document: inout JSON) throws(PatchError) {
    try change(&document, tokens[...], "replace") { (target) in target = value }
  }

  /// Changes the value at some tokens in place: each container on the way gives up its storage, so nothing is copied.
  private func change(
    _ value: inout JSON, _ tokens: ArraySlice<String>, _ operation: String,
    _ body: (inout JSON) throws(PatchError) -> Void
  ) throws(PatchError) {
    guard let token = tokens.first else { return try body(&value) }
    switch value {
    case .object(var members):
      guard var member = members[token] else { throw missing(operation) }
      value = .null
      members[token] = .null
      try change(&member, tokens.dropFirst(), operation, body)
      members[token] = member
      value = .object(members)
    case .array(var elements):
      guard let index = Self.index(token), index < elements.count else { throw missing(operation) }
      value = .null
      var element = elements[index]
      elements[index] = .null
      try change(&element, tokens.dropFirst(), operation, body)
      elements[index] = element
      value = .array(elements)
    default: throw missing(operation)
    }
  }

  private func missing(_ operation: String) -> PatchError {
    .notApplicable(
      "\(operation) operation does not apply: doc is missing path: \(goQuoted(description)): missing value")
  }

  /// RFC 6901: digits without a leading zero.
  private static func index(_ token: String) -> Int? {
    guard token.utf8.allSatisfy({ (48...57).contains($0) }), token == "0" || !token.hasPrefix("0") else { return nil }
    return Int(token)
  }
}

extension JSON {
  /// How many containers stand inside one another, this one counted.
  fileprivate var nesting: Int {
    switch self {
    case .object(let members): 1 + (members.values.lazy.map(\.nesting).max() ?? 0)
    case .array(let elements): 1 + (elements.lazy.map(\.nesting).max() ?? 0)
    default: 0
    }
  }
}
