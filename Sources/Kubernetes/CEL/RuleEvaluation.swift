/// Evaluates the rules that a pass of validation has come across.
enum RuleEvaluation {
  static func check(_ rules: [SchemaValidator.PendingRule]) -> [FieldError] { [] }
  static func problem(with expression: String) -> String? { nil }
}
