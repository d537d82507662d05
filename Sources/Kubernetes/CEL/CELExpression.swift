import Synchronization

/// Why an expression cannot be used, or what went wrong in evaluating it.
public struct CELError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Kind: Sendable {
    /// Not an expression of the language at all.
    case syntax
    /// An expression of the language that is not evaluated here.
    case unsupported
    case evaluation
    /// The expression took too many steps.
    case budget
  }

  public let kind: Kind
  public let message: String
  public var description: String { message }

  static func unsupported(_ message: String) -> Self { Self(kind: .unsupported, message: message) }
  static func evaluation(_ message: String) -> Self { Self(kind: .evaluation, message: message) }
}

/// An expression of the Common Expression Language, as `x-kubernetes-validations` has them
/// (https://kubernetes.io/docs/reference/using-api/cel/).
///
/// Values are JSON. Durations, times, bytes, unsigned numbers and optionals are not known, nor are Kubernetes' libraries
/// for URLs, quantities and formats: the parser reports them as unsupported, so that the API server can warn when a rule
/// is created instead of ignoring it in silence.
public struct CELExpression: Sendable {
  public let text: String
  let root: CELNode
  /// The rule is about a change: it compares with `oldSelf`.
  public let isTransitionRule: Bool

  /// Steps of one evaluation. Kubernetes limits one rule to a cost of a million and counts fewer for an element of a
  /// list; the contract has a rule that looks twice at up to 100,000.
  public static let defaultBudget = 2_000_000

  /// - Throws: ``CELError`` of the kind `syntax` or `unsupported`.
  public init(_ text: String, variables: Set<String> = ["self", "oldSelf"]) throws(CELError) {
    self.text = text
    var parser = try CELParser(text, variables: variables)
    root = try parser.parse()
    isTransitionRule = parser.usedVariables.contains("oldSelf")
  }

  /// The value of the expression.
  ///
  /// - Parameter budget: the steps that may be taken; what is left of them afterwards.
  /// - Throws: ``CELError`` of the kind `evaluation` or `budget`.
  public func evaluate(_ variables: [String: JSON], budget: inout Int) throws(CELError) -> JSON {
    var evaluator = CELEvaluator(variables: variables, budget: budget)
    defer { budget = evaluator.budget }
    return try evaluator.evaluate(root)
  }

  private static let cache = Mutex<[String: Result<CELExpression, CELError>]>([:])

  /// The expression of a rule, parsed once.
  public static func cached(_ text: String) throws(CELError) -> CELExpression {
    if let known = cache.withLock({ $0[text] }) { return try known.get() }
    let parsed: Result<CELExpression, CELError>
    do throws(CELError) {
      parsed = .success(try CELExpression(text))
    } catch {
      parsed = .failure(error)
    }
    cache.withLock {
      if $0.count >= 4096 { $0.removeAll() }
      $0[text] = parsed
    }
    return try parsed.get()
  }
}
