extension Schema {
  /// The value without the members its schema does not know.
  ///
  /// - Parameter dropped: receives the paths of what was dropped, sorted: `spec.containers[0].foo`.
  public func pruning(_ value: JSON, dropped: inout [String]) -> JSON {
    var pruner = Pruner()
    let pruned = pruner.prune(value, self)
    dropped += pruner.dropped.sorted()
    return pruned
  }

  /// The value without members that are `null` where null says no more than absence: what Kubernetes' built-in kinds
  /// make of it when they are decoded.
  public func droppingNulls(_ value: JSON) -> JSON {
    switch value {
    case .object(let members):
      var kept: [String: JSON] = [:]
      kept.reserveCapacity(members.count)
      for (name, member) in members {
        let schema = properties[name] ?? additionalProperties?.schema
        if member.isNull && schema != nil && schema?.nullable == false && schema?.preservesUnknownFields == false {
          continue
        }
        kept[name] = schema?.droppingNulls(member) ?? member
      }
      return .object(kept)
    case .array(let elements):
      guard let schema = items?.schema else { return value }
      return .array(elements.map(schema.droppingNulls))
    default: return value
    }
  }

  /// The schema of a whole object of the API: `apiVersion`, `kind` and `metadata` are known whatever a CRD says of
  /// them, and what it says of `metadata` (a pattern for the name) is kept.
  public var asResource: Schema {
    var schema = self
    schema.type = schema.type ?? .object
    for name in ["apiVersion", "kind"] where schema.properties[name]?.type == nil {
      schema.properties[name] = Schema(.string)
    }
    var metadata = ObjectMeta.schema
    if let declared = schema.properties["metadata"] {
      metadata.required = declared.required
      metadata.rules = declared.rules
      for (name, property) in declared.properties where metadata.properties[name] != nil {
        metadata.properties[name] = property
      }
    }
    schema.properties["metadata"] = metadata
    return schema
  }
}

private struct Pruner {
  var dropped: [String] = []
  private var path = FieldPath()

  mutating func prune(_ value: JSON, _ schema: Schema) -> JSON {
    switch value {
    case .object(let members): return .object(prune(members, schema))
    case .array(let elements):
      guard let items = schema.items?.schema else { return value }
      var pruned: [JSON] = []
      pruned.reserveCapacity(elements.count)
      for (index, element) in elements.enumerated() {
        path.push(.index(index))
        pruned.append(prune(element, items))
        path.pop()
      }
      return .array(pruned)
    default: return value
    }
  }

  private mutating func prune(_ members: [String: JSON], _ declared: Schema) -> [String: JSON] {
    let schema = declared.embeddedResource ? declared.asResource : declared
    let others = schema.additionalProperties?.schema
    var kept = members
    for (name, member) in members {
      guard let known = schema.properties[name] ?? others else {
        guard !schema.preservesUnknownFields else { continue }
        path.push(.field(name))
        dropped.append(path.text)
        path.pop()
        kept[name] = nil
        continue
      }
      // A scalar has nothing to prune, and most members are scalars.
      switch member {
      case .object, .array:
        path.push(.field(name))
        kept[name] = prune(member, known)
        path.pop()
      default: break
      }
    }
    return kept
  }
}
