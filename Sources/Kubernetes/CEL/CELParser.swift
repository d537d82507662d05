/// Reads expressions (https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax).
struct CELParser {
  private let tokens: [CELToken]
  private var position = 0
  private var depth = 0
  /// The names in scope, those of comprehensions included.
  private var scope: [String]
  private(set) var usedVariables: Set<String> = []

  /// Expressions may be nested this deep; parser and evaluator recurse and must stop before their stack does.
  private static let deepestNesting = 64
  /// A chain of operators or members is a tree as deep as it is long.
  private static let longestChain = 1000
  private var links = 0

  init(_ text: String, variables: Set<String>) throws(CELError) {
    tokens = try CELLexer.tokens(of: text)
    scope = Array(variables)
  }

  mutating func parse() throws(CELError) -> CELNode {
    let node = try expression()
    guard current == .end else { throw unexpected() }
    return node
  }

  private var current: CELToken { tokens[position] }

  private func unexpected() -> CELError {
    let found: String
    switch current {
    case .identifier(let name): found = name
    case .symbol(let symbol): found = symbol
    case .literal(let value): found = value.text
    case .end: found = "<EOF>"
    }
    return CELError(kind: .syntax, message: "Syntax error: mismatched input '\(found)'")
  }

  private mutating func take(_ symbol: String) -> Bool {
    guard current == .symbol(symbol) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ symbol: String) throws(CELError) {
    guard take(symbol) else { throw unexpected() }
  }

  private mutating func link() throws(CELError) {
    links += 1
    guard links <= Self.longestChain else {
      throw CELError(kind: .syntax, message: "expression has more than \(Self.longestChain) operators")
    }
  }

  private mutating func expression() throws(CELError) -> CELNode {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepestNesting else {
      throw CELError(kind: .syntax, message: "expression recursion limit exceeded: \(Self.deepestNesting)")
    }
    let condition = try disjunction()
    guard take("?") else { return condition }
    let then = try disjunction()
    try expect(":")
    return .conditional(condition, then: then, otherwise: try expression())
  }

  private mutating func disjunction() throws(CELError) -> CELNode {
    var node = try conjunction()
    while take("||") {
      try link()
      node = .or(node, try conjunction())
    }
    return node
  }

  private mutating func conjunction() throws(CELError) -> CELNode {
    var node = try relation()
    while take("&&") {
      try link()
      node = .and(node, try relation())
    }
    return node
  }

  private mutating func relation() throws(CELError) -> CELNode {
    var node = try sum()
    while let found = relationOperator() {
      try link()
      position += 1
      node = .binary(found, node, try sum())
    }
    return node
  }

  private func relationOperator() -> CELOperator? {
    switch current {
    case .symbol(let symbol) where ["==", "!=", "<", "<=", ">", ">="].contains(symbol): CELOperator(rawValue: symbol)
    case .identifier("in"): .isIn
    default: nil
    }
  }

  private mutating func sum() throws(CELError) -> CELNode {
    var node = try product()
    while case .symbol(let symbol) = current, symbol == "+" || symbol == "-", let found = CELOperator(rawValue: symbol)
    {
      try link()
      position += 1
      node = .binary(found, node, try product())
    }
    return node
  }

  private mutating func product() throws(CELError) -> CELNode {
    var node = try unary()
    while case .symbol(let symbol) = current, ["*", "/", "%"].contains(symbol),
      let found = CELOperator(rawValue: symbol)
    {
      try link()
      position += 1
      node = .binary(found, node, try unary())
    }
    return node
  }

  private mutating func unary() throws(CELError) -> CELNode {
    var negations = 0
    while take("!") { negations += 1 }
    if negations > 0 {
      let operand = try unary()
      return negations % 2 == 0 ? .not(.not(operand)) : .not(operand)
    }
    var signs = 0
    while take("-") { signs += 1 }
    let operand = try member()
    if signs == 0 { return operand }
    return signs % 2 == 0 ? .negative(.negative(operand)) : .negative(operand)
  }

  private mutating func member() throws(CELError) -> CELNode {
    var node = try primary()
    while true {
      if take(".") {
        try link()
        if current == .symbol("?") { throw .unsupported("optional members (a.?b) are not supported") }
        guard case .identifier(let name) = current else { throw unexpected() }
        position += 1
        node = take("(") ? try call(name, on: node) : .member(node, Self.unescaped(name))
      } else if take("[") {
        try link()
        if current == .symbol("?") { throw .unsupported("optional elements (a[?b]) are not supported") }
        node = .index(node, try expression())
        try expect("]")
      } else {
        return node
      }
    }
  }

  private mutating func primary() throws(CELError) -> CELNode {
    switch current {
    case .literal(let value):
      position += 1
      return .literal(value)
    case .identifier(let name):
      position += 1
      if take("(") { return try call(name, on: nil) }
      guard scope.contains(name) else { throw .unsupported("undeclared reference to '\(name)'") }
      usedVariables.insert(name)
      return .variable(name)
    case .symbol("("):
      position += 1
      let node = try expression()
      try expect(")")
      return node
    case .symbol("["):
      position += 1
      return .list(try arguments(until: "]"))
    case .symbol("{"):
      position += 1
      return try map()
    default: throw unexpected()
    }
  }

  private mutating func arguments(until end: String) throws(CELError) -> [CELNode] {
    var nodes: [CELNode] = []
    while !take(end) {
      nodes.append(try expression())
      if !take(",") {
        try expect(end)
        break
      }
    }
    return nodes
  }

  private mutating func map() throws(CELError) -> CELNode {
    var entries: [(key: CELNode, value: CELNode)] = []
    while !take("}") {
      let key = try expression()
      try expect(":")
      entries.append((key, try expression()))
      if !take(",") {
        try expect("}")
        break
      }
    }
    return .map(entries)
  }

  private mutating func call(_ name: String, on receiver: CELNode?) throws(CELError) -> CELNode {
    if name == "has", receiver == nil {
      let arguments = try arguments(until: ")")
      guard arguments.count == 1, case .member(let object, let member) = arguments[0] else {
        throw CELError(kind: .syntax, message: "invalid argument to has() macro")
      }
      return .presence(object, member)
    }
    let macro = name == "existsOne" ? "exists_one" : name
    if let receiver, let kind = CELComprehension.Kind(rawValue: macro) {
      return try comprehension(kind, over: receiver)
    }
    guard let function = CELFunction(rawValue: name) else {
      throw .unsupported("the function \(name) is not supported")
    }
    let arguments = (receiver.map { [$0] } ?? []) + (try arguments(until: ")"))
    let fits: Bool
    switch function.form {
    case .receiver: fits = receiver != nil
    case .plain: fits = receiver == nil
    case .both: fits = true
    }
    guard fits, function.arity.contains(arguments.count) else {
      throw CELError(kind: .syntax, message: "found no matching overload for '\(name)'")
    }
    if function == .matches, case .literal(.string(let pattern)) = arguments[1] { try check(pattern) }
    return .call(function, arguments)
  }

  private func check(_ pattern: String) throws(CELError) {
    do throws(RegularExpressionError) {
      _ = try RegularExpression.cached(pattern)
    } catch {
      throw CELError(
        kind: error.kind == .unsupported ? .unsupported : .syntax, message: "invalid matches argument: \(error)")
    }
  }

  private mutating func comprehension(
    _ kind: CELComprehension.Kind, over range: CELNode
  ) throws(CELError) -> CELNode {
    var variables: [String] = []
    while variables.count < 2, case .identifier(let name) = current, tokens[position + 1] == .symbol(",") {
      // A second name is a second variable only when something follows it: in `map(x, x)` it is the result.
      if variables.count == 1, kind == .map || kind == .filter { break }
      variables.append(name)
      position += 2
    }
    guard !variables.isEmpty else {
      throw CELError(kind: .syntax, message: "argument must be a simple name")
    }
    scope += variables
    let bodies = try arguments(until: ")")
    scope.removeLast(variables.count)
    guard bodies.count == 1 || bodies.count == 2 && kind == .map else {
      throw CELError(kind: .syntax, message: "found no matching overload for '\(kind.rawValue)'")
    }
    let isMap = kind == .map
    return .comprehension(
      CELComprehension(
        kind: kind, range: range, variables: variables,
        predicate: isMap && bodies.count == 1 ? nil : bodies[0], transform: isMap ? bodies[bodies.count - 1] : nil))
  }

  /// Kubernetes writes names that CEL does not allow with escapes: `__dash__`, `__namespace__`.
  private static func unescaped(_ name: String) -> String {
    guard name.hasPrefix("__") || name.contains("__") else { return name }
    let reserved: Set<String> = [
      "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import",
      "let", "loop", "package", "namespace", "return",
    ]
    if name.hasPrefix("__"), name.hasSuffix("__"), name.count > 4 {
      let inner = String(name.dropFirst(2).dropLast(2))
      if reserved.contains(inner) { return inner }
    }
    // From left to right, so that what an escape stands for is not read as the beginning of another.
    let escapes = [("__underscores__", "__"), ("__dot__", "."), ("__dash__", "-"), ("__slash__", "/")]
    var result = ""
    var rest = Substring(name)
    while !rest.isEmpty {
      if let (escape, text) = escapes.first(where: { rest.hasPrefix($0.0) }) {
        result += text
        rest = rest.dropFirst(escape.count)
      } else {
        result.append(rest.removeFirst())
      }
    }
    return result
  }
}
