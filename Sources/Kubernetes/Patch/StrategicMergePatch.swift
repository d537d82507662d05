/// Strategic merge patches, `application/strategic-merge-patch+json`: merge patches that know from the schema which
/// lists are merged element by element
/// (https://github.com/kubernetes/community/blob/main/contributors/devel/sig-api-machinery/strategic-merge-patch.md).
public enum StrategicMergePatch {
  /// The object after the patch.
  public static func apply(_ patch: JSON, to original: JSON, schema: Schema) throws(PatchError) -> JSON {
    guard case .object(let changes) = patch else {
      throw .malformed("a strategic merge patch is an object, not of type \(patch.typeName)")
    }
    return .object(try merge(changes, into: original.objectValue ?? [:], schema))
  }

  static let directive = "$patch"
  static let retainKeys = "$retainKeys"
  static let elementOrder = "$setElementOrder/"
  static let primitiveDeletion = "$deleteFromPrimitiveList/"

  static func merge(
    _ patch: [String: JSON], into original: [String: JSON], _ schema: Schema?
  ) throws(PatchError) -> [String: JSON] {
    var patch = patch
    switch patch.removeValue(forKey: directive) {
    case nil, "merge": break
    case "replace": return patch
    case "delete": return [:]
    case let other?: throw .malformed("invalid value \(other.text) for $patch: allowed are replace, delete and merge")
    }
    var members = original
    if let keys = patch.removeValue(forKey: retainKeys) {
      let kept = Set((keys.arrayValue ?? []).compactMap(\.stringValue))
      for name in patch.keys where !name.hasPrefix("$") && !kept.contains(name) && patch[name]?.isNull == false {
        throw .malformed("invalid strategic merge patch: \(name) is not in $retainKeys")
      }
      members = members.filter { kept.contains($0.key) }
    }
    let parallel = patch.filter { $0.key.hasPrefix("$") }
    for (name, values) in parallel where name.hasPrefix(primitiveDeletion) {
      let field = String(name.dropFirst(primitiveDeletion.count))
      guard let elements = members[field]?.arrayValue else { continue }
      let unwanted = Set(values.arrayValue ?? [])
      members[field] = .array(elements.filter { !unwanted.contains($0) })
    }
    for (name, change) in patch where parallel[name] == nil {
      if change.isNull {
        members[name] = nil
        continue
      }
      let field = schema?.properties[name] ?? schema?.additionalProperties?.schema
      let order = parallel[elementOrder + name]
      members[name] = try merge(change, into: members[name], field, order: order)
    }
    // An order may stand alone, for a list that the patch does not change otherwise.
    for (name, order) in parallel where name.hasPrefix(elementOrder) {
      let field = String(name.dropFirst(elementOrder.count))
      guard patch[field] == nil, case .array(let elements)? = members[field] else { continue }
      let list = MergedList(schema?.properties[field])
      members[field] = .array(list.ordered(elements, by: order.arrayValue ?? [], original: elements))
    }
    return members
  }

  private static func merge(
    _ change: JSON, into original: JSON?, _ schema: Schema?, order: JSON?
  ) throws(PatchError) -> JSON {
    switch change {
    case .object(let changes):
      let replaces = schema?.patchStrategy?.split(separator: ",").contains("replace") ?? false
      let members = replaces ? nil : original?.objectValue
      return .object(try merge(changes, into: members ?? [:], schema))
    case .array(let elements):
      let list = MergedList(schema)
      guard list.isMerged else {
        return .array(elements)
      }
      return .array(try list.merge(elements, into: original?.arrayValue ?? [], order: order?.arrayValue))
    default: return change
    }
  }
}

/// A list that is merged element by element: objects by a member, scalars by their value.
struct MergedList {
  let isMerged: Bool
  private let key: String?
  private let items: Schema?

  init(_ schema: Schema?) {
    isMerged = schema?.patchStrategy?.split(separator: ",").contains("merge") ?? false
    key = schema?.patchMergeKey
    items = schema?.items?.schema
  }

  private func identity(_ element: JSON) -> JSON {
    guard let key, case .object = element else { return element }
    return element[key] ?? .null
  }

  func merge(_ patch: [JSON], into original: [JSON], order: [JSON]?) throws(PatchError) -> [JSON] {
    var changes: [JSON] = []
    var deleted: Set<JSON> = []
    var isReplaced = false
    for element in patch {
      switch element[StrategicMergePatch.directive] {
      case "replace": isReplaced = true
      case "delete": deleted.insert(try mergeKey(of: element))
      default: changes.append(element)
      }
    }
    if isReplaced { return try changes.map(clean) }

    var merged = original.filter { !deleted.contains(identity($0)) }
    var places: [JSON: Int] = [:]
    for (place, element) in merged.enumerated() { places[identity(element)] = place }
    for change in changes {
      guard case .object(let members) = change else {
        if places.updateValue(merged.count, forKey: change) == nil { merged.append(change) }
        continue
      }
      let identity = try mergeKey(of: change)
      if let place = places[identity] {
        merged[place] = .object(
          try StrategicMergePatch.merge(members, into: merged[place].objectValue ?? [:], items))
      } else {
        places[identity] = merged.count
        merged.append(try clean(change))
      }
    }
    return ordered(merged, by: order ?? changes, original: original)
  }

  /// An element without directives and nulls: what merging it into nothing gives.
  private func clean(_ element: JSON) throws(PatchError) -> JSON {
    guard case .object(let members) = element else { return element }
    return .object(try StrategicMergePatch.merge(members, into: [:], items))
  }

  private func mergeKey(of element: JSON) throws(PatchError) -> JSON {
    guard let key, element.objectValue != nil else { return element }
    guard let value = element[key] else {
      throw .malformed("map: \(element.text) does not contain declared merge key: \(key)")
    }
    return value
  }

  /// Elements that the patch names stand in its order; the others keep the place they had relative to them.
  func ordered(_ elements: [JSON], by order: [JSON], original: [JSON]) -> [JSON] {
    func places(_ list: [JSON]) -> [JSON: Int] {
      Dictionary(list.enumerated().map { (identity($1), $0) }, uniquingKeysWith: { first, _ in first })
    }
    let wanted = places(order)
    let before = places(original)
    let sorted = elements.enumerated()
    var named = sorted.filter { wanted[identity($0.element)] != nil }
    named.sort { (wanted[identity($0.element)] ?? 0, $0.offset) < (wanted[identity($1.element)] ?? 0, $1.offset) }
    let others = sorted.filter { wanted[identity($0.element)] == nil }.map(\.element)

    var result: [JSON] = []
    var rest = others[...]
    for element in named.map(\.element) {
      if let place = before[identity(element)] {
        while let other = rest.first, let otherPlace = before[identity(other)], otherPlace < place {
          result.append(other)
          rest.removeFirst()
        }
      }
      result.append(element)
    }
    return result + rest
  }
}
