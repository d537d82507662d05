extension Schema {
  /// What the rules about changes (those that compare with `oldSelf`) say of an update.
  ///
  /// A rule is evaluated where the value was there before: members are found by their name, elements of a list by
  /// their keys. Elements of other lists have no past, as in Kubernetes.
  public func validateTransition(old: JSON, new: JSON, at path: String = "") -> [FieldError] {
    RuleEvaluation.check(transitionRules(old: old, new: new, at: path))
  }

  func transitionRules(old: JSON, new: JSON, at path: String) -> [PendingRule] {
    var walker = TransitionWalker()
    if !path.isEmpty { walker.path.push(.field(path)) }
    walker.walk(old, new, self)
    return walker.rules
  }
}

private struct TransitionWalker {
  var rules: [PendingRule] = []
  var path = FieldPath()

  mutating func walk(_ old: JSON, _ new: JSON, _ schema: Schema) {
    if old.isNull || new.isNull { return }
    for rule in schema.rules { rules.append(PendingRule(rule: rule, value: new, old: old, path: path)) }
    switch (old, new) {
    case (.object(let before), .object(let after)):
      for name in after.keys.sorted() {
        guard let value = after[name], let oldValue = before[name] else { continue }
        if let property = schema.properties[name] {
          step(.field(name), oldValue, value, property)
        } else if let values = schema.additionalProperties?.schema {
          step(.key(name), oldValue, value, values)
        }
      }
    case (.array(let before), .array(let after)):
      guard case .map = schema.listType, let identity = ListIdentity(schema), let items = identity.items else { return }
      let places = Dictionary(zip(identity.steps(of: before), before), uniquingKeysWith: { first, _ in first })
      for (index, element) in after.enumerated() {
        guard let oldElement = places[identity.step(to: element, at: index)] else { continue }
        step(.index(index), oldElement, element, items)
      }
    default: break
    }
  }

  private mutating func step(_ step: FieldPath.Step, _ old: JSON, _ new: JSON, _ schema: Schema) {
    path.push(step)
    walk(old, new, schema)
    path.pop()
  }
}
