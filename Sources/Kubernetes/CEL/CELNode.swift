/// The syntax tree of an expression.
indirect enum CELNode: Sendable {
  case literal(JSON)
  case variable(String)
  case member(CELNode, String)
  /// `has(a.b)`.
  case presence(CELNode, String)
  case index(CELNode, CELNode)
  case list([CELNode])
  case map([(key: CELNode, value: CELNode)])
  case not(CELNode)
  case negative(CELNode)
  case and(CELNode, CELNode)
  case or(CELNode, CELNode)
  case conditional(CELNode, then: CELNode, otherwise: CELNode)
  case binary(CELOperator, CELNode, CELNode)
  case call(CELFunction, [CELNode])
  case comprehension(CELComprehension)
}

enum CELOperator: String, Sendable {
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case isIn = "in"
  case plus = "+"
  case minus = "-"
  case times = "*"
  case divided = "/"
  case remainder = "%"
}

/// `list.all(x, …)` and its like.
struct CELComprehension: Sendable {
  enum Kind: String, Sendable {
    case all, exists, filter, map
    case existsOne = "exists_one"
  }

  let kind: Kind
  let range: CELNode
  /// One, or two for the index (or key) and the value.
  let variables: [String]
  /// The condition; for `map` with two arguments nil.
  let predicate: CELNode?
  /// What `map` makes of an element.
  let transform: CELNode?
}

/// The functions known, by name. `receiver` says whether the first argument stands before the dot.
enum CELFunction: String, Sendable {
  case size, startsWith, endsWith, contains, matches
  case lowerAscii, upperAscii, trim, replace, split, substring, join, charAt, indexOf, lastIndexOf
  case isSorted, sum, min, max
  case int, double, string, bool, dyn

  /// Arguments, the receiver counted.
  var arity: ClosedRange<Int> {
    switch self {
    case .size, .lowerAscii, .upperAscii, .trim, .isSorted, .sum, .min, .max, .int, .double, .string, .bool, .dyn: 1...1
    case .startsWith, .endsWith, .contains, .matches, .charAt: 2...2
    case .indexOf, .lastIndexOf, .split, .substring: 2...3
    case .replace: 3...4
    case .join: 1...2
    }
  }

  enum Form { case receiver, plain, both }

  var form: Form {
    switch self {
    case .size, .matches: .both
    case .int, .double, .string, .bool, .dyn: .plain
    default: .receiver
    }
  }
}
