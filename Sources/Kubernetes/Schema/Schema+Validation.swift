extension Schema {
  /// Everything wrong with a value, in Kubernetes' words. Rules in CEL are evaluated too, but only when nothing else is
  /// wrong with types and required members.
  ///
  /// - Parameters:
  ///   - old: what the value was before an update: with it the rules about changes are evaluated as well.
  ///   - path: where the value stands, for schemas of a part of an object.
  public func validate(_ value: JSON, old: JSON? = nil, at path: String = "") -> [FieldError] {
    var validator = SchemaValidator(path: path)
    validator.check(value, self)
    var errors = validator.errors + validator.duplicates
    var rules = validator.pendingRules
    guard !rules.isEmpty else { return errors }
    if let old { rules += transitionRules(old: old, new: value, at: path) }
    let blocking: Set<FieldError.Kind> = [.notSupported, .required, .tooLong, .tooMany, .typeInvalid]
    if errors.contains(where: { blocking.contains($0.kind) }) {
      let detail =
        "some validation rules were not checked because the object was invalid; "
        + "correct the existing errors to complete validation"
      errors.append(.invalid("", .null, detail))
    } else {
      errors += RuleEvaluation.check(rules)
    }
    return errors
  }
}

/// One pass over a value and its schema.
struct SchemaValidator {
  var errors: [FieldError] = []
  /// Kubernetes reports what stands twice in a list after everything else.
  var duplicates: [FieldError] = []
  var pendingRules: [PendingRule] = []
  var path = FieldPath()

  init(path: String) {
    if !path.isEmpty { self.path.push(.field(path)) }
  }

  private mutating func add(_ kind: FieldError.Kind, _ value: JSON, _ detail: String) {
    errors.append(FieldError(path.text, kind, value, detail))
  }

  mutating func check(_ value: JSON, _ schema: Schema) {
    if value.isNull {
      if !schema.nullable && schema.type != nil || schema.intOrString && !schema.nullable {
        wrongType(value, schema)
      }
      return
    }
    if !schema.accepts(typeOf: value) { wrongType(value, schema) }
    switch value {
    case .string(let text): check(text, schema)
    case .int(let number): check(Double(number), exactly: number, schema)
    case .double(let number): check(number, exactly: Int64(exactly: number), schema)
    case .array(let elements): check(elements, schema)
    case .object(let members): check(members, schema)
    case .bool, .null: break
    }
    if !schema.enumeration.isEmpty, !schema.enumeration.contains(where: { $0.isSameValue(as: value) }) {
      let allowed = schema.enumeration.map { $0.stringValue ?? $0.text }
      errors.append(.notSupported(path.text, value, allowed))
    }
    if !schema.allOf.isEmpty || !schema.anyOf.isEmpty || !schema.oneOf.isEmpty || schema.not != nil {
      combine(value, schema)
    }
    for rule in schema.rules {
      pendingRules.append(PendingRule(rule: rule, value: value, old: nil, path: path))
    }
  }

  private mutating func wrongType(_ value: JSON, _ schema: Schema) {
    let wanted = schema.intOrString ? "integer,string" : schema.type?.rawValue ?? ""
    let found = value.typeName
    add(.typeInvalid, .string(found), "\(path.text) in body must be of type \(wanted): \(goQuoted(found))")
  }

  private mutating func check(_ text: String, _ schema: Schema) {
    let value = JSON.string(text)
    if schema.maxLength != nil || schema.minLength != nil {
      let length = text.unicodeScalars.count
      if let most = schema.maxLength, length > most {
        add(.tooLong, value, "may not be more than \(most) bytes")
      }
      if let least = schema.minLength, length < least {
        add(.invalid, value, "\(path.text) in body should be at least \(least) chars long")
      }
    }
    // A pattern that cannot be compiled is reported when the schema is created; here it restricts nothing.
    if let pattern = schema.pattern, let expression = try? RegularExpression.cached(pattern),
      !expression.matches(text)
    {
      add(.invalid, value, "\(path.text) in body should match '\(pattern)'")
    }
    if let format = schema.format, schema.type == .string, !StringFormat.isValid(text, format) {
      add(.typeInvalid, value, "\(path.text) in body must be of type \(format): \(goQuoted(text))")
    }
  }

  private mutating func check(_ number: Double, exactly whole: Int64?, _ schema: Schema) {
    let value = whole.map(JSON.int) ?? .double(number)
    if let most = schema.maximum, schema.exclusiveMaximum ? number >= most : number > most {
      let relation = schema.exclusiveMaximum ? "less than" : "less than or equal to"
      add(.invalid, value, "\(path.text) in body should be \(relation) \(goFloat(most))")
    }
    if let least = schema.minimum, schema.exclusiveMinimum ? number <= least : number < least {
      let relation = schema.exclusiveMinimum ? "greater than" : "greater than or equal to"
      add(.invalid, value, "\(path.text) in body should be \(relation) \(goFloat(least))")
    }
    if let factor = schema.multipleOf, factor > 0 {
      let quotient = number / factor
      if abs(quotient - quotient.rounded()) > 1e-9 * max(1, abs(quotient)) {
        add(.invalid, value, "\(path.text) in body should be a multiple of \(goFloat(factor))")
      }
    }
    guard schema.type == .integer else { return }
    let fits = schema.format == "int32" ? whole.flatMap(Int32.init(exactly:)) != nil : whole != nil
    if !fits && number.rounded() == number {
      let format = schema.format ?? "int64"
      add(.invalid, value, "Checked value must be of type integer with format \(format) in \(path.text)")
    }
  }

  private mutating func check(_ elements: [JSON], _ schema: Schema) {
    if let most = schema.maxItems, elements.count > most {
      add(.tooMany, .int(Int64(elements.count)), "must have at most \(most) items")
    }
    if let least = schema.minItems, elements.count < least {
      add(.invalid, .int(Int64(elements.count)), "\(path.text) in body should have at least \(least) items")
    }
    if schema.uniqueItems, Set(elements).count < elements.count {
      add(.invalid, "", "\(path.text) in body shouldn't contain duplicates")
    }
    if let items = schema.items?.schema {
      for (index, element) in elements.enumerated() {
        path.push(.index(index))
        check(element, items)
        path.pop()
      }
    }
    checkDuplicates(elements, schema)
  }

  private mutating func checkDuplicates(_ elements: [JSON], _ schema: Schema) {
    let identities: [JSON]
    switch schema.listType {
    case .set: identities = elements
    case .map(let keys):
      let defaults = schema.items?.schema.properties
      identities = elements.map { element in
        var identity: [String: JSON] = [:]
        for key in keys { identity[key] = element[key] ?? defaults?[key]?.defaultValue }
        return .object(identity)
      }
    default: return
    }
    var seen: Set<JSON> = []
    for (index, identity) in identities.enumerated() where !seen.insert(identity).inserted {
      duplicates.append(.duplicate("\(path.bracketed)[\(index)]", identity))
    }
  }

  private mutating func check(_ members: [String: JSON], _ schema: Schema) {
    if let most = schema.maxProperties, members.count > most {
      add(.tooMany, .int(Int64(members.count)), "must have at most \(most) items")
    }
    if let least = schema.minProperties, members.count < least {
      add(.invalid, .int(Int64(members.count)), "\(path.text) in body should have at least \(least) properties")
    }
    for name in schema.required where members[name] == nil {
      path.push(.field(name))
      errors.append(.required(path.text))
      path.pop()
    }
    for name in members.keys.sorted() {
      guard let member = members[name] else { continue }
      if let property = schema.properties[name] {
        path.push(.field(name))
        check(member, property)
        path.pop()
      } else if let values = schema.additionalProperties?.schema {
        path.push(.key(name))
        check(member, values)
        path.pop()
      }
    }
  }

  private mutating func combine(_ value: JSON, _ schema: Schema) {
    /// What is wrong with the value by one of the combined schemas. These have no rules and no list types.
    func failures(_ part: Schema) -> [FieldError] {
      var validator = self
      validator.errors = []
      validator.check(value, part)
      return validator.errors
    }
    func fail(_ text: String) { errors.append(.invalid("", "", "\(goQuoted(path.text)) must \(text)")) }

    for part in schema.allOf {
      let found = failures(part)
      if !found.isEmpty {
        fail("validate all the schemas (allOf)")
        errors += found
      }
    }
    if !schema.anyOf.isEmpty {
      let results = schema.anyOf.map(failures)
      if !results.contains(where: \.isEmpty) {
        fail("validate at least one schema (anyOf)")
        errors += results.min { $0.count < $1.count } ?? []
      }
    }
    if !schema.oneOf.isEmpty {
      let results = schema.oneOf.map(failures)
      let valid = results.count(where: \.isEmpty)
      if valid == 0 {
        fail("validate one and only one schema (oneOf). Found none valid")
        errors += results.min { $0.count < $1.count } ?? []
      } else if valid > 1 {
        fail("validate one and only one schema (oneOf). Found \(valid) valid alternatives")
      }
    }
    if let not = schema.not?.schema, failures(not).isEmpty { fail("not validate the schema (not)") }
  }
}

extension Schema {
  /// Whether a value has the type, apart from everything else. JSON tells `1` from `1.0`, Kubernetes does not.
  func accepts(typeOf value: JSON) -> Bool {
    if intOrString {
      switch value {
      case .int, .string: return true
      case .double(let number): return number.rounded() == number
      default: return false
      }
    }
    switch (type, value) {
    case (nil, _), (.object, .object), (.array, .array), (.string, .string), (.boolean, .bool): return true
    case (.integer, .int), (.number, .int), (.number, .double): return true
    case (.integer, .double(let number)): return number.rounded() == number
    default: return false
    }
  }
}

extension JSON {
  /// Equality that does not tell `1` from `1.0`.
  func isSameValue(as other: JSON) -> Bool {
    switch (self, other) {
    case (.int(let left), .double(let right)): Double(left) == right
    case (.double(let left), .int(let right)): left == Double(right)
    default: self == other
    }
  }
}
