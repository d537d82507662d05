/// Why a CRD's schema was not accepted.
public struct SchemaError: Error, Sendable, Equatable, CustomStringConvertible {
  public let errors: [FieldError]
  public var description: String { errors.aggregateMessage }
}

extension Schema {
  /// Reads the `openAPIV3Schema` of a CRD.
  ///
  /// - Parameters:
  ///   - path: where the schema stands in its object, for messages.
  ///   - unsupported: receives a sentence for everything in it that will not be enforced. The API server warns with
  ///     them when the CRD is created.
  /// - Throws: ``SchemaError`` for what Kubernetes would not accept either.
  public init(
    openAPI json: JSON, at path: String = "openAPIV3Schema", unsupported: inout [String]
  ) throws(SchemaError) {
    var parser = OpenAPIParser()
    let schema = parser.parse(json, path)
    unsupported += parser.unsupported
    guard parser.errors.isEmpty else { throw SchemaError(errors: parser.errors) }
    self = schema
  }
}

private struct OpenAPIParser {
  var errors: [FieldError] = []
  var unsupported: [String] = []
  /// Inside `allOf`, `anyOf`, `oneOf` and `not` a structural schema has no types.
  private var isInCombination = false

  private static let wordsOfRules: Set<String> = ["rule", "message", "messageExpression", "reason", "fieldPath"]
  /// Words that say nothing about which values are valid.
  private static let informative: Set<String> = ["title", "example", "externalDocs", "id", "$schema"]

  mutating func parse(_ json: JSON, _ path: String) -> Schema {
    guard case .object(let members) = json else {
      errors.append(.invalid(path, .string(json.typeName), "must be an object"))
      return Schema()
    }
    var schema = Schema()
    for name in members.keys.sorted() {
      guard let value = members[name], !value.isNull else { continue }
      parse(name, value, "\(path).\(name)", into: &schema)
    }
    parseListType(members, path, into: &schema)
    if schema.intOrString, schema.anyOf.map(\.type) == [.integer, .string] { schema.anyOf = [] }
    let errorsBefore = errors.count
    checkStructure(schema, path)
    if let value = schema.defaultValue, !isInCombination, errors.count == errorsBefore {
      errors += schema.validate(schema.defaulting(value), at: "\(path).default")
    }
    return schema
  }

  private mutating func parse(_ name: String, _ value: JSON, _ path: String, into schema: inout Schema) {
    switch name {
    case "type":
      guard let text = string(value, path) else { return }
      guard let type = Schema.ValueType(rawValue: text) else {
        errors.append(
          .notSupported(path, value, ["array", "boolean", "integer", "number", "object", "string"]))
        return
      }
      schema.type = type
    case "description": schema.description = string(value, path)
    case "format":
      schema.format = string(value, path)
      if let format = schema.format, !StringFormat.known.contains(format) {
        unsupported.append("\(path): the format \(goQuoted(format)) is not supported and not enforced")
      }
    case "default": schema.defaultValue = value
    case "pattern": schema.pattern = pattern(value, path)
    case "enum": schema.enumeration = array(value, path)
    case "required": schema.required = array(value, path).compactMap { string($0, path) }
    case "properties":
      guard let properties = object(value, path) else { return }
      for key in properties.keys.sorted() {
        guard let property = properties[key] else { continue }
        schema.properties[key] = parse(property, "\(path)[\(key)]")
      }
    case "additionalProperties":
      // `true` allows members of any kind, `false` says no more than leaving the word out.
      if let allowed = value.boolValue {
        if allowed { schema.additionalProperties = Schema.Box(.anything) }
      } else {
        schema.additionalProperties = Schema.Box(parse(value, path))
      }
    case "items": schema.items = Schema.Box(parse(value, path))
    case "minimum": schema.minimum = number(value, path)
    case "maximum": schema.maximum = number(value, path)
    case "exclusiveMinimum": schema.exclusiveMinimum = bool(value, path)
    case "exclusiveMaximum": schema.exclusiveMaximum = bool(value, path)
    case "multipleOf": schema.multipleOf = number(value, path)
    case "minLength": schema.minLength = count(value, path)
    case "maxLength": schema.maxLength = count(value, path)
    case "minItems": schema.minItems = count(value, path)
    case "maxItems": schema.maxItems = count(value, path)
    case "minProperties": schema.minProperties = count(value, path)
    case "maxProperties": schema.maxProperties = count(value, path)
    case "uniqueItems":
      if bool(value, path) {
        errors.append(
          .forbidden(path, "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"))
      }
    case "nullable": schema.nullable = bool(value, path)
    case "allOf": schema.allOf = combination(value, path)
    case "anyOf": schema.anyOf = combination(value, path)
    case "oneOf": schema.oneOf = combination(value, path)
    case "not": schema.not = combination([value], path).first.map(Schema.Box.init)
    case "x-kubernetes-int-or-string": schema.intOrString = bool(value, path)
    case "x-kubernetes-preserve-unknown-fields": schema.preservesUnknownFields = bool(value, path)
    case "x-kubernetes-embedded-resource": schema.embeddedResource = bool(value, path)
    case "x-kubernetes-map-type": parseMapType(value, path, into: &schema)
    case "x-kubernetes-list-type", "x-kubernetes-list-map-keys": break
    case "x-kubernetes-patch-merge-key": schema.patchMergeKey = string(value, path)
    case "x-kubernetes-patch-strategy": schema.patchStrategy = string(value, path)
    case "x-kubernetes-validations":
      for (index, rule) in array(value, path).enumerated() { parseRule(rule, "\(path)[\(index)]", into: &schema) }
    case "$ref", "definitions", "dependencies", "patternProperties", "additionalItems":
      errors.append(.forbidden(path, "must not be set"))
    default:
      if !Self.informative.contains(name) { unsupported.append("\(path): \(name) is not supported and not enforced") }
    }
  }

  private mutating func parseRule(_ json: JSON, _ path: String, into schema: inout Schema) {
    guard let members = object(json, path) else { return }
    guard let text = members["rule"]?.stringValue, !text.isEmpty else {
      errors.append(.required("\(path).rule", "rule is not specified"))
      return
    }
    let rule = Schema.Rule(
      text, message: members["message"]?.stringValue, messageExpression: members["messageExpression"]?.stringValue,
      reason: members["reason"]?.stringValue, fieldPath: members["fieldPath"]?.stringValue)
    schema.rules.append(rule)
    for name in members.keys.sorted() where !Self.wordsOfRules.contains(name) {
      unsupported.append("\(path).\(name): not supported, the rule is enforced without it")
    }
    for (name, expression) in [("rule", text), ("messageExpression", rule.messageExpression ?? "")] {
      if !expression.isEmpty, let problem = RuleEvaluation.problem(with: expression) {
        unsupported.append("\(path).\(name): \(problem); it is not enforced")
      }
    }
  }

  private mutating func parseMapType(_ value: JSON, _ path: String, into schema: inout Schema) {
    switch string(value, path) {
    case "atomic": schema.isAtomicMap = true
    case "granular", nil: break
    default: errors.append(.notSupported(path, value, ["atomic", "granular"]))
    }
  }

  private mutating func parseListType(_ members: [String: JSON], _ path: String, into schema: inout Schema) {
    guard let type = members["x-kubernetes-list-type"] else { return }
    let keys = (members["x-kubernetes-list-map-keys"]?.arrayValue ?? []).compactMap(\.stringValue)
    switch type.stringValue {
    case "atomic": schema.listType = .atomic
    case "set": schema.listType = .set
    case "map" where keys.isEmpty:
      errors.append(
        .required("\(path).x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map"))
    case "map": schema.listType = .map(keys: keys)
    default: errors.append(.notSupported("\(path).x-kubernetes-list-type", type, ["atomic", "map", "set"]))
    }
  }

  private mutating func combination(_ value: JSON, _ path: String) -> [Schema] {
    let outer = isInCombination
    isInCombination = true
    defer { isInCombination = outer }
    return array(value, path).enumerated().map { index, part in parse(part, "\(path)[\(index)]") }
  }

  /// What makes a schema structural: a type at every place.
  private mutating func checkStructure(_ schema: Schema, _ path: String) {
    guard !isInCombination else { return }
    if schema.type == nil && !schema.intOrString && !schema.preservesUnknownFields {
      errors.append(.required("\(path).type", "must not be empty for specified object fields"))
    }
    if schema.type == .array && schema.items == nil && !schema.preservesUnknownFields {
      errors.append(.required("\(path).items", "must be specified"))
    }
    if !schema.properties.isEmpty && schema.additionalProperties != nil {
      errors.append(.forbidden("\(path).additionalProperties", "must not be used together with properties"))
    }
  }

  private mutating func pattern(_ value: JSON, _ path: String) -> String? {
    guard let text = string(value, path) else { return nil }
    do throws(RegularExpressionError) {
      _ = try RegularExpression.cached(text)
    } catch {
      if error.kind == .unsupported {
        unsupported.append("\(path): the pattern is not supported and not enforced: \(error)")
      } else {
        errors.append(.invalid(path, value, "must be a valid regular expression, but isn't: \(error)"))
      }
    }
    return text
  }

  private mutating func string(_ value: JSON, _ path: String) -> String? {
    if value.stringValue == nil { wrongType(value, path, "string") }
    return value.stringValue
  }

  private mutating func bool(_ value: JSON, _ path: String) -> Bool {
    if value.boolValue == nil { wrongType(value, path, "boolean") }
    return value.boolValue ?? false
  }

  private mutating func number(_ value: JSON, _ path: String) -> Double? {
    switch value {
    case .int(let number): return Double(number)
    case .double(let number): return number
    default:
      wrongType(value, path, "number")
      return nil
    }
  }

  private mutating func count(_ value: JSON, _ path: String) -> Int? {
    guard let count = number(value, path) else { return nil }
    guard let whole = Int(exactly: count), whole >= 0 else {
      errors.append(.invalid(path, value, "must be greater than or equal to 0"))
      return nil
    }
    return whole
  }

  private mutating func array(_ value: JSON, _ path: String) -> [JSON] {
    if value.arrayValue == nil { wrongType(value, path, "array") }
    return value.arrayValue ?? []
  }

  private mutating func object(_ value: JSON, _ path: String) -> [String: JSON]? {
    if value.objectValue == nil { wrongType(value, path, "object") }
    return value.objectValue
  }

  private mutating func wrongType(_ value: JSON, _ path: String, _ wanted: String) {
    let found = value.typeName
    errors.append(
      FieldError(path, .typeInvalid, .string(found), "\(path) in body must be of type \(wanted): \(goQuoted(found))"))
  }
}
