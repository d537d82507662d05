extension Selector {
  /// Reads the text of a query's `labelSelector`.
  ///
  /// - Throws: ``SelectorError`` with the text that could not be understood.
  public init(parsing text: String) throws(SelectorError) {
    var parser = SelectorParser(text)
    self.init(try parser.requirements())
  }
}

private struct SelectorParser {
  private enum Token: Equatable {
    case word(String)
    case symbol(String)
    case end
  }

  private var tokens: [Token] = []
  private var position = 0
  private let text: String

  init(_ text: String) {
    self.text = text
    var word = ""
    func isSymbol(_ character: Character) -> Bool { "=!<>(),".contains(character) }
    let characters = Array(text)
    var index = 0
    while index < characters.count {
      let character = characters[index]
      index += 1
      if !character.isWhitespace && !isSymbol(character) {
        word.append(character)
        continue
      }
      if !word.isEmpty { tokens.append(.word(word)) }
      word = ""
      guard isSymbol(character) else { continue }
      // The only symbols of two characters are == and !=.
      if "=!".contains(character), index < characters.count, characters[index] == "=" {
        tokens.append(.symbol("\(character)="))
        index += 1
      } else {
        tokens.append(.symbol(String(character)))
      }
    }
    if !word.isEmpty { tokens.append(.word(word)) }
  }

  private var token: Token { position < tokens.count ? tokens[position] : .end }

  private mutating func next() -> Token {
    defer { position += 1 }
    return token
  }

  private func failure(_ expected: String) -> SelectorError {
    let found =
      switch token {
      case .word(let text), .symbol(let text): "'\(text)'"
      case .end: "the end"
      }
    return SelectorError("unable to parse requirement: found \(found), expected: \(expected), in \"\(text)\"")
  }

  mutating func requirements() throws(SelectorError) -> [Selector.Requirement] {
    var requirements: [Selector.Requirement] = []
    if token == .end { return requirements }
    while true {
      requirements.append(try requirement())
      switch token {
      case .symbol(","): position += 1
      case .end: return requirements
      default: throw failure("',' or end")
      }
    }
  }

  private mutating func requirement() throws(SelectorError) -> Selector.Requirement {
    if token == .symbol("!") {
      position += 1
      return Selector.Requirement(key: try key(), test: .isAbsent)
    }
    let key = try key()
    switch token {
    case .end, .symbol(","): return Selector.Requirement(key: key, test: .exists)
    case .symbol("="), .symbol("=="):
      position += 1
      return Selector.Requirement(key: key, test: .isOneOf([try value()]))
    case .symbol("!="):
      position += 1
      return Selector.Requirement(key: key, test: .isNoneOf([try value()]))
    case .symbol(">"):
      position += 1
      return Selector.Requirement(key: key, test: .isGreater(than: try number()))
    case .symbol("<"):
      position += 1
      return Selector.Requirement(key: key, test: .isLess(than: try number()))
    case .word("in"):
      position += 1
      return Selector.Requirement(key: key, test: .isOneOf(try values()))
    case .word("notin"):
      position += 1
      return Selector.Requirement(key: key, test: .isNoneOf(try values()))
    default: throw failure("in, notin, =, ==, !=, >, <")
    }
  }

  private mutating func key() throws(SelectorError) -> String {
    guard case .word(let key) = token else { throw failure("identifier") }
    guard LabelSyntax.isKey(key) else {
      throw SelectorError("unable to parse requirement: key: Invalid value: \"\(key)\": not the name of a label")
    }
    position += 1
    return key
  }

  /// An absent value is the empty one: `a=` asks for a label that is there and empty.
  private mutating func value() throws(SelectorError) -> String {
    guard case .word(let value) = token else { return "" }
    guard LabelSyntax.isValue(value) else {
      throw SelectorError("unable to parse requirement: values: Invalid value: \"\(value)\": not the value of a label")
    }
    position += 1
    return value
  }

  private mutating func number() throws(SelectorError) -> Int {
    guard case .word(let word) = token, let number = Int(word) else { throw failure("an integer") }
    position += 1
    return number
  }

  private mutating func values() throws(SelectorError) -> Set<String> {
    guard token == .symbol("(") else { throw failure("'('") }
    position += 1
    var values: Set<String> = []
    while true {
      values.insert(try value())
      switch next() {
      case .symbol(","): continue
      case .symbol(")"): return values
      default:
        position -= 1
        throw failure("',' or ')'")
      }
    }
  }
}
