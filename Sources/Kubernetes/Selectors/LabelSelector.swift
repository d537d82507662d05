/// Which objects, by their labels: all requirements must hold, and none means all objects.
public struct LabelSelector: Declared {
  @Field public var matchLabels: [String: String]?
  @Field public var matchExpressions: [LabelSelectorRequirement]?

  public init() {}

  public init(_ labels: [String: String]) { matchLabels = labels }

  public static func refine(_ schema: inout Schema) { schema.isAtomicMap = true }
}

/// One requirement of a ``LabelSelector``.
public struct LabelSelectorRequirement: Declared {
  @Required public var key: String
  @Required("", .oneOf("DoesNotExist", "Exists", "In", "NotIn")) public var `operator`: String
  @Field public var values: [String]?

  public init() {}

  public init(_ key: String, _ operation: String, _ values: [String]? = nil) {
    self.key = key
    self.operator = operation
    self.values = values
  }
}

extension LabelSelector {
  /// The selector as a value that matches.
  ///
  /// - Throws: ``SelectorError`` for an unknown operator, or values where there must be none or some.
  public func selector() throws(SelectorError) -> Selector {
    var requirements = (matchLabels ?? [:]).sorted { $0.key < $1.key }
      .map { Selector.Requirement(key: $0.key, test: .isOneOf([$0.value])) }
    for expression in matchExpressions ?? [] {
      let values = Set(expression.values ?? [])
      let test: Selector.Test
      switch (expression.operator, values.isEmpty) {
      case ("In", false): test = .isOneOf(values)
      case ("NotIn", false): test = .isNoneOf(values)
      case ("Exists", true): test = .exists
      case ("DoesNotExist", true): test = .isAbsent
      case ("In", _), ("NotIn", _):
        throw SelectorError("for 'in', 'notin' operators, values set can't be empty (key \(expression.key))")
      case ("Exists", _), ("DoesNotExist", _):
        throw SelectorError("values set must be empty for exists and does not exist (key \(expression.key))")
      default: throw SelectorError("\"\(expression.operator)\" is not a valid label selector operator")
      }
      requirements.append(Selector.Requirement(key: expression.key, test: test))
    }
    return Selector(requirements)
  }

  /// Whether the labels satisfy the selector. One that is not valid matches nothing.
  public func matches(_ labels: [String: String]) -> Bool { (try? selector())?.matches(labels) ?? false }
}
