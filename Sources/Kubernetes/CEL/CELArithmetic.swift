/// What operators between two values mean.
enum CELArithmetic {
  static func apply(
    _ operation: CELOperator, _ left: JSON, _ right: JSON, _ evaluator: inout CELEvaluator
  ) throws(CELError) -> JSON {
    switch operation {
    case .equal: return .bool(try equal(left, right, &evaluator))
    case .notEqual: return .bool(!(try equal(left, right, &evaluator)))
    case .isIn:
      switch right {
      case .array(let elements):
        for element in elements where try equal(left, element, &evaluator) { return true }
        return false
      case .object(let members):
        guard case .string(let name) = left else { throw .evaluation("no such overload") }
        return .bool(members[name] != nil)
      default: throw .evaluation("no such overload")
      }
    case .less: return .bool(try compare(left, right) { $0 < 0 })
    case .lessOrEqual: return .bool(try compare(left, right) { $0 <= 0 })
    case .greater: return .bool(try compare(left, right) { $0 > 0 })
    case .greaterOrEqual: return .bool(try compare(left, right) { $0 >= 0 })
    case .plus, .minus, .times, .divided, .remainder: return try calculate(operation, left, right, &evaluator)
    }
  }

  /// Equality of all types; numbers are equal whatever they are written as.
  static func equal(_ left: JSON, _ right: JSON, _ evaluator: inout CELEvaluator) throws(CELError) -> Bool {
    try evaluator.spend()
    switch (left, right) {
    case (.array(let first), .array(let second)):
      guard first.count == second.count else { return false }
      for (one, other) in zip(first, second) where !(try equal(one, other, &evaluator)) { return false }
      return true
    case (.object(let first), .object(let second)):
      guard first.count == second.count else { return false }
      for (name, value) in first {
        guard let other = second[name], try equal(value, other, &evaluator) else { return false }
      }
      return true
    case (.string(let first), .string(let second)):
      try evaluator.spend(min(first.utf8.count, second.utf8.count) / 10)
      return first.utf8.elementsEqual(second.utf8)
    default: return left.isSameValue(as: right)
    }
  }

  /// -1, 0 or 1 to the test; false when one of them is not a number.
  private static func compare(_ left: JSON, _ right: JSON, _ test: (Int) -> Bool) throws(CELError) -> Bool {
    func sign<Value: Comparable>(_ one: Value, _ other: Value) -> Bool { test(one < other ? -1 : one > other ? 1 : 0) }
    switch (left, right) {
    case (.int(let one), .int(let other)): return sign(one, other)
    case (.string(let one), .string(let other)):
      let isLess = one.unicodeScalars.lexicographicallyPrecedes(other.unicodeScalars)
      return test(isLess ? -1 : one.utf8.elementsEqual(other.utf8) ? 0 : 1)
    case (.bool(let one), .bool(let other)): return sign(one ? 1 : 0, other ? 1 : 0)
    default:
      guard let one = left.number, let other = right.number else { throw .evaluation("no such overload") }
      guard !one.isNaN, !other.isNaN else { return false }
      return sign(one, other)
    }
  }

  private static func calculate(
    _ operation: CELOperator, _ left: JSON, _ right: JSON, _ evaluator: inout CELEvaluator
  ) throws(CELError) -> JSON {
    switch (left, right) {
    case (.int(let one), .int(let other)):
      let result: (partialValue: Int64, overflow: Bool)
      switch operation {
      case .plus: result = one.addingReportingOverflow(other)
      case .minus: result = one.subtractingReportingOverflow(other)
      case .times: result = one.multipliedReportingOverflow(by: other)
      case .divided where other == 0: throw .evaluation("division by zero")
      case .divided: result = one.dividedReportingOverflow(by: other)
      default:
        guard other != 0 else { throw .evaluation("modulus by zero") }
        result = one.remainderReportingOverflow(dividingBy: other)
      }
      guard !result.overflow else { throw .evaluation("integer overflow") }
      return .int(result.partialValue)
    case (.double(let one), .double(let other)):
      switch operation {
      case .plus: return .double(one + other)
      case .minus: return .double(one - other)
      case .times: return .double(one * other)
      case .divided: return .double(one / other)
      default: throw .evaluation("no such overload")
      }
    case (.string(let one), .string(let other)) where operation == .plus:
      try evaluator.spend((one.utf8.count + other.utf8.count) / 10)
      return .string(one + other)
    case (.array(let one), .array(let other)) where operation == .plus:
      try evaluator.spend((one.count + other.count) / 10)
      return .array(one + other)
    default: throw .evaluation("no such overload")
    }
  }
}

extension JSON {
  var number: Double? {
    switch self {
    case .int(let value): Double(value)
    case .double(let value): value
    default: nil
    }
  }
}
