extension Schema {
  /// The value with every declared default filled in where a member is absent. A default is filled in only below an
  /// object that is there, as Kubernetes does; `null` for a member that is not nullable counts as absent.
  public func defaulting(_ value: JSON) -> JSON {
    switch value {
    case .object(var members):
      for (name, schema) in properties {
        if let present = members[name], !(present.isNull && !schema.nullable && schema.defaultValue != nil) {
          members[name] = schema.defaulting(present)
        } else if let defaultValue = schema.defaultValue {
          members[name] = schema.defaulting(defaultValue)
        }
      }
      if let schema = additionalProperties?.schema {
        for (name, member) in members where properties[name] == nil { members[name] = schema.defaulting(member) }
      }
      return .object(members)
    case .array(let elements):
      guard let schema = items?.schema else { return value }
      return .array(elements.map(schema.defaulting))
    default:
      return value
    }
  }
}
