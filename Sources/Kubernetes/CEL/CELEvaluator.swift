/// Computes the value of an expression, within a budget of steps.
struct CELEvaluator {
  private var variables: [(name: String, value: JSON)]
  var budget: Int

  init(variables: [String: JSON], budget: Int) {
    self.variables = variables.map { ($0.key, $0.value) }
    self.budget = budget
  }

  /// - Parameter steps: what an operation costs; those on text cost by its length.
  mutating func spend(_ steps: Int = 1) throws(CELError) {
    budget -= steps
    guard budget >= 0 else {
      throw CELError(kind: .budget, message: "operation cancelled: actual cost limit exceeded")
    }
  }

  mutating func evaluate(_ node: CELNode) throws(CELError) -> JSON {
    try spend()
    switch node {
    case .literal(let value): return value
    case .variable(let name):
      guard let found = variables.last(where: { $0.name == name }) else {
        throw .evaluation("undeclared reference to '\(name)'")
      }
      return found.value
    case .member(let object, let name):
      let value = try evaluate(object)
      guard case .object(let members) = value else { throw .evaluation("no such overload") }
      guard let member = members[name] else { throw .evaluation("no such key: \(name)") }
      return member
    case .presence(let object, let name):
      guard case .object(let members) = try evaluate(object) else { throw .evaluation("no such overload") }
      return .bool(members[name].map { !$0.isNull } ?? false)
    case .index(let container, let key): return try element(of: try evaluate(container), at: try evaluate(key))
    case .list(let nodes):
      var elements: [JSON] = []
      for node in nodes { elements.append(try evaluate(node)) }
      return .array(elements)
    case .map(let entries):
      var members: [String: JSON] = [:]
      for (key, value) in entries {
        guard case .string(let name) = try evaluate(key) else { throw .evaluation("map keys other than strings") }
        guard members.updateValue(try evaluate(value), forKey: name) == nil else {
          throw .evaluation("insert failed: key \(name) already exists")
        }
      }
      return .object(members)
    case .not(let operand): return .bool(!(try bool(operand)))
    case .negative(let operand):
      switch try evaluate(operand) {
      case .int(let value):
        guard value != .min else { throw .evaluation("integer overflow") }
        return .int(-value)
      case .double(let value): return .double(-value)
      default: throw .evaluation("no such overload")
      }
    case .and(let left, let right): return .bool(try combine(left, right, decisive: false))
    case .or(let left, let right): return .bool(try combine(left, right, decisive: true))
    case .conditional(let condition, let then, let otherwise):
      return try evaluate(try bool(condition) ? then : otherwise)
    case .binary(let operation, let left, let right):
      let first = try evaluate(left)
      let second = try evaluate(right)
      return try CELArithmetic.apply(operation, first, second, &self)
    case .call(let function, let nodes):
      var arguments: [JSON] = []
      for node in nodes { arguments.append(try evaluate(node)) }
      return try CELLibrary.call(function, arguments, &self)
    case .comprehension(let comprehension): return try evaluate(comprehension)
    }
  }

  private mutating func bool(_ node: CELNode) throws(CELError) -> Bool {
    guard case .bool(let value) = try evaluate(node) else { throw .evaluation("no such overload") }
    return value
  }

  private func element(of container: JSON, at key: JSON) throws(CELError) -> JSON {
    switch (container, key) {
    case (.array(let elements), .int(let index)):
      guard index >= 0, index < elements.count else { throw .evaluation("index out of bounds: \(index)") }
      return elements[Int(index)]
    case (.object(let members), .string(let name)):
      guard let member = members[name] else { throw .evaluation("no such key: \(name)") }
      return member
    default: throw .evaluation("no such overload")
    }
  }

  /// `&&` and `||` do not care for an error on one side when the other decides, in whichever order they stand.
  private mutating func combine(_ left: CELNode, _ right: CELNode, decisive: Bool) throws(CELError) -> Bool {
    switch try attempt(left) {
    case .success(decisive): return decisive
    case .success: return try bool(right)
    case .failure(let error):
      if case .success(decisive) = try attempt(right) { return decisive }
      throw error
    }
  }

  /// The value of a condition or what went wrong with it; a spent budget ends everything.
  private mutating func attempt(_ node: CELNode) throws(CELError) -> Result<Bool, CELError> {
    do throws(CELError) {
      return .success(try bool(node))
    } catch {
      guard error.kind == .evaluation else { throw error }
      return .failure(error)
    }
  }

  private mutating func evaluate(_ comprehension: CELComprehension) throws(CELError) -> JSON {
    let pairs: [(JSON, JSON)]
    switch try evaluate(comprehension.range) {
    case .array(let elements): pairs = elements.enumerated().map { (.int(Int64($0)), $1) }
    // The order of a map's keys has no meaning, but results should not change from one evaluation to the next.
    case .object(let members): pairs = members.sorted { $0.key < $1.key }.map { (.string($0.key), $0.value) }
    default: throw .evaluation("no such overload")
    }
    var isMap = false
    if case (.string, _)? = pairs.first { isMap = true }

    let outer = variables.count
    defer { variables.removeLast(variables.count - outer) }
    var kept: [JSON] = []
    var count = 0
    var failure: CELError?
    for (key, value) in pairs {
      try spend()
      variables.removeLast(variables.count - outer)
      if comprehension.variables.count == 2 {
        variables.append((comprehension.variables[0], key))
        variables.append((comprehension.variables[1], value))
      } else {
        variables.append((comprehension.variables[0], isMap ? key : value))
      }
      switch comprehension.kind {
      case .all, .exists:
        guard let predicate = comprehension.predicate else { continue }
        let decisive = comprehension.kind == .exists
        switch try attempt(predicate) {
        case .success(decisive): return .bool(decisive)
        case .success: break
        case .failure(let error): failure = failure ?? error
        }
      case .existsOne:
        if let predicate = comprehension.predicate, try bool(predicate) { count += 1 }
      case .filter:
        if let predicate = comprehension.predicate, try bool(predicate) { kept.append(isMap ? key : value) }
      case .map:
        if let predicate = comprehension.predicate, !(try bool(predicate)) { continue }
        if let transform = comprehension.transform { kept.append(try evaluate(transform)) }
      }
    }
    if let failure { throw failure }
    switch comprehension.kind {
    case .all: return true
    case .exists: return false
    case .existsOne: return .bool(count == 1)
    case .filter, .map: return .array(kept)
    }
  }
}
