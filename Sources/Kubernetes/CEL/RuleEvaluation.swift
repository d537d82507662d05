/// Evaluates the rules that a pass of validation has come across.
enum RuleEvaluation {
  /// Steps of all rules of one object together; Kubernetes, too, allows some rules to be dear but not all.
  private static let budget = 5 * CELExpression.defaultBudget

  /// What is wrong with an expression: nil when it will be enforced.
  static func problem(with expression: String) -> String? {
    do throws(CELError) {
      _ = try CELExpression.cached(expression)
      return nil
    } catch {
      return error.message
    }
  }

  /// Rules that could not be parsed are left out: there was a warning when their schema was created.
  static func check(_ rules: [PendingRule]) -> [FieldError] {
    var errors: [FieldError] = []
    var total = budget
    for pending in rules {
      guard let expression = try? CELExpression.cached(pending.rule.rule),
        expression.isTransitionRule == (pending.old != nil)
      else { continue }
      guard total > 0 else {
        errors.append(
          .invalid(
            pending.path.bracketed, .string(pending.value.typeName),
            "validation failed due to running out of cost budget, no further validation rules will be run"))
        break
      }
      let allowance = min(total, CELExpression.defaultBudget)
      var left = allowance
      if let error = check(pending, expression, &left) { errors.append(error) }
      total -= allowance - max(0, left)
    }
    return errors
  }

  private static func check(_ pending: PendingRule, _ expression: CELExpression, _ budget: inout Int) -> FieldError? {
    var variables = ["self": pending.value]
    variables["oldSelf"] = pending.old
    let rule = pending.rule
    do throws(CELError) {
      let result = try expression.evaluate(variables, budget: &budget)
      if result == true { return nil }
      guard result == false else { return failure(pending, "rule must evaluate to a bool, not to \(result.typeName)") }
      return failure(pending, message(rule, variables, &budget), isRuleItself: true)
    } catch {
      let subject = rule.message.map { $0.isEmpty ? rule.rule : $0 } ?? rule.rule
      return failure(pending, "\(error.message) evaluating rule: \(subject)")
    }
  }

  private static func message(_ rule: Schema.Rule, _ variables: [String: JSON], _ budget: inout Int) -> String {
    if let text = rule.messageExpression, let expression = try? CELExpression.cached(text),
      case .string(let message)? = try? expression.evaluate(variables, budget: &budget), !message.isEmpty
    {
      return message
    }
    if let message = rule.message, !message.isEmpty { return message }
    return "failed rule: \(rule.rule)"
  }

  private static func failure(_ pending: PendingRule, _ detail: String, isRuleItself: Bool = false) -> FieldError {
    var path = pending.path.bracketed
    let value = JSON.string(pending.value.typeName)
    guard isRuleItself else { return .invalid(path, value, detail) }
    if let below = pending.rule.fieldPath, !below.isEmpty {
      path = path.isEmpty && below.hasPrefix(".") ? String(below.dropFirst()) : path + below
    }
    switch pending.rule.reason {
    case "FieldValueRequired": return .required(path, detail)
    case "FieldValueForbidden": return .forbidden(path, detail)
    case "FieldValueDuplicate": return FieldError(path, .duplicate, value, detail)
    default: return .invalid(path, value, detail)
    }
  }
}

/// A rule to evaluate once its value is known to have the right shape.
struct PendingRule {
  let rule: Schema.Rule
  let value: JSON
  /// The value before, for a rule about the change.
  let old: JSON?
  let path: FieldPath
}
