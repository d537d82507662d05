/// Requirements on fields, all of which must hold; the form that queries write as
/// `spec.nodeName=node-1,status.phase!=Failed`. Which fields a kind supports is the API server's business.
public struct FieldSelector: Sendable, Hashable, CustomStringConvertible {
  public struct Requirement: Sendable, Hashable {
    /// `spec.nodeName`
    public var path: String
    public var value: String
    public var isEqual: Bool
  }

  public var requirements: [Requirement]

  /// Reads the text of a query's `fieldSelector`. A backslash makes the next `,`, `=` or backslash part of the value.
  ///
  /// - Throws: ``SelectorError``.
  public init(parsing text: String) throws(SelectorError) {
    requirements = []
    for term in Self.terms(text) where !term.isEmpty {
      guard let equals = term.firstIndex(of: "="), equals > term.startIndex else {
        throw SelectorError("invalid selector: \"\(text)\"; can't understand \"\(term)\"")
      }
      let isEqual = term[term.index(before: equals)] != "!"
      let path = isEqual ? term[..<equals] : term[..<term.index(before: equals)]
      var value = term[term.index(after: equals)...]
      if isEqual, value.first == "=" { value.removeFirst() }
      requirements.append(Requirement(path: String(path), value: try Self.unescaped(value), isEqual: isEqual))
    }
  }

  private static func terms(_ text: String) -> [String] {
    var terms = [""]
    var isEscaped = false
    for character in text {
      if character == ",", !isEscaped {
        terms.append("")
      } else {
        terms[terms.count - 1].append(character)
      }
      isEscaped = character == "\\" && !isEscaped
    }
    return terms
  }

  private static func unescaped(_ value: Substring) throws(SelectorError) -> String {
    var result = ""
    var isEscaped = false
    for character in value {
      if isEscaped {
        guard "\\,=".contains(character) else {
          throw SelectorError("invalid field selector: invalid escape sequence: \\\(character)")
        }
        result.append(character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == "=" {
        throw SelectorError("invalid field selector: unescaped = in the value \"\(value)\"")
      } else {
        result.append(character)
      }
    }
    guard !isEscaped else { throw SelectorError("invalid field selector: a \\ at the end of \"\(value)\"") }
    return result
  }

  /// Whether the object satisfies the selector. An absent field is the empty text.
  public func matches(_ object: JSON) -> Bool {
    requirements.allSatisfy { requirement in
      let path = requirement.path.split(separator: ".").map(String.init)
      let found: String
      switch object[path: path] {
      case .string(let value)?: found = value
      case .bool(let value)?: found = value ? "true" : "false"
      case .int(let value)?: found = String(value)
      default: found = ""
      }
      return (found == requirement.value) == requirement.isEqual
    }
  }

  public var description: String {
    requirements.map { "\($0.path)\($0.isEqual ? "=" : "!=")\($0.value)" }.joined(separator: ",")
  }
}
