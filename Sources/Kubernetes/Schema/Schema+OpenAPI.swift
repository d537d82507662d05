extension Schema {
  /// The schema as OpenAPI v3 with Kubernetes' extensions, as it stands in a CRD and in `/openapi/v3`.
  public func openAPI() -> JSON {
    var members: [String: JSON] = [:]
    func set(_ name: String, _ value: JSON?) {
      if let value { members[name] = value }
    }
    func flag(_ name: String, _ value: Bool) {
      if value { members[name] = true }
    }
    func number(_ name: String, _ value: Double?) {
      set(name, value.map { Int64(exactly: $0).map(JSON.int) ?? .double($0) })
    }
    func count(_ name: String, _ value: Int?) { set(name, value.map { .int(Int64($0)) }) }
    func list(_ name: String, _ schemas: [Schema]) {
      if !schemas.isEmpty { members[name] = .array(schemas.map { $0.openAPI() }) }
    }

    set("type", type.map { .string($0.rawValue) })
    set("description", description.map(JSON.string))
    set("format", format.map(JSON.string))
    set("default", defaultValue)
    set("pattern", pattern.map(JSON.string))
    if !enumeration.isEmpty { members["enum"] = .array(enumeration) }
    if !required.isEmpty { members["required"] = .array(required.map(JSON.string)) }
    if !properties.isEmpty { members["properties"] = .object(properties.mapValues { $0.openAPI() }) }
    set("additionalProperties", additionalProperties?.schema.openAPI())
    set("items", items?.schema.openAPI())
    number("minimum", minimum)
    number("maximum", maximum)
    flag("exclusiveMinimum", exclusiveMinimum)
    flag("exclusiveMaximum", exclusiveMaximum)
    number("multipleOf", multipleOf)
    count("minLength", minLength)
    count("maxLength", maxLength)
    count("minItems", minItems)
    count("maxItems", maxItems)
    count("minProperties", minProperties)
    count("maxProperties", maxProperties)
    flag("uniqueItems", uniqueItems)
    flag("nullable", nullable)
    list("allOf", allOf)
    list("anyOf", anyOf)
    list("oneOf", oneOf)
    set("not", not?.schema.openAPI())
    if intOrString {
      members["x-kubernetes-int-or-string"] = true
      // What tools that do not know the extension go by; the only place a structural schema may have types in `anyOf`.
      if anyOf.isEmpty && allOf.isEmpty { members["anyOf"] = [["type": "integer"], ["type": "string"]] }
    }
    flag("x-kubernetes-preserve-unknown-fields", preservesUnknownFields)
    flag("x-kubernetes-embedded-resource", embeddedResource)
    if isAtomicMap { members["x-kubernetes-map-type"] = "atomic" }
    switch listType {
    case .atomic: members["x-kubernetes-list-type"] = "atomic"
    case .set: members["x-kubernetes-list-type"] = "set"
    case .map(let keys):
      members["x-kubernetes-list-type"] = "map"
      members["x-kubernetes-list-map-keys"] = .array(keys.map(JSON.string))
    case nil: break
    }
    set("x-kubernetes-patch-merge-key", patchMergeKey.map(JSON.string))
    set("x-kubernetes-patch-strategy", patchStrategy.map(JSON.string))
    if !rules.isEmpty { members["x-kubernetes-validations"] = .array(rules.map(\.openAPI)) }
    return .object(members)
  }

  /// The schema as a CRD may carry it: a CRD's schema has no words for strategic merge patches, which do not exist for
  /// custom resources, and the API server says itself what `metadata` is.
  public func customResourceOpenAPI() -> JSON {
    var copy = self
    if copy.properties["metadata"] != nil { copy.properties["metadata"] = Schema(.object) }
    return copy.withoutPatchStrategies().openAPI()
  }

  private func withoutPatchStrategies() -> Schema {
    var copy = self
    copy.patchMergeKey = nil
    copy.patchStrategy = nil
    copy.properties = properties.mapValues { $0.withoutPatchStrategies() }
    copy.items = items.map { Box($0.schema.withoutPatchStrategies()) }
    copy.additionalProperties = additionalProperties.map { Box($0.schema.withoutPatchStrategies()) }
    return copy
  }
}

extension Schema.Rule {
  fileprivate var openAPI: JSON {
    var members: [String: JSON] = ["rule": .string(rule)]
    if let message { members["message"] = .string(message) }
    if let messageExpression { members["messageExpression"] = .string(messageExpression) }
    if let reason { members["reason"] = .string(reason) }
    if let fieldPath { members["fieldPath"] = .string(fieldPath) }
    return .object(members)
  }
}
