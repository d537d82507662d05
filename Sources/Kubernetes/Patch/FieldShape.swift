/// How server-side apply treats one value: as a whole, member by member, or element by element.
enum FieldShape {
  /// Replaced as a whole.
  case leaf
  case members([String: JSON])
  case elements([JSON], ListIdentity)

  /// Without a schema objects are merged and lists replaced, as Kubernetes does for untyped data.
  init(_ value: JSON, _ schema: Schema?) {
    switch value {
    case .object(let members): self = schema?.isAtomicMap == true ? .leaf : .members(members)
    case .array(let elements):
      guard let identity = ListIdentity(schema) else {
        self = .leaf
        return
      }
      self = .elements(elements, identity)
    default: self = .leaf
    }
  }
}

/// What tells the elements of a list apart.
struct ListIdentity {
  /// Nil for a set of scalars.
  private let keys: [String]?
  private let defaults: [String: JSON]
  let items: Schema?

  /// Nil for a list that is replaced as a whole.
  init?(_ schema: Schema?) {
    guard let schema else { return nil }
    items = schema.items?.schema
    let isMerged = schema.patchStrategy?.split(separator: ",").contains("merge") ?? false
    switch schema.listType {
    case .map(let keys): self.keys = keys
    case .set: keys = nil
    case nil where isMerged: keys = schema.patchMergeKey.map { [$0] }
    default: return nil
    }
    var defaults: [String: JSON] = [:]
    for key in keys ?? [] { defaults[key] = items?.properties[key]?.defaultValue }
    self.defaults = defaults
  }

  /// The step to an element in a field set: `k:{"containerPort":80,"protocol":"TCP"}`, `v:"x"`.
  func step(to element: JSON, at index: Int) -> String {
    guard let keys else { return "v:\(element.text)" }
    guard case .object(let members) = element else { return "v:\(element.text)" }
    if keys.count == 1, case .string(let text)? = members[keys[0]], Self.isPlain(text) {
      return "k:{\"\(keys[0])\":\"\(text)\"}"
    }
    var identity: [String: JSON] = [:]
    for key in keys { identity[key] = members[key] ?? defaults[key] }
    // An element without any key is invalid, which validation says; until then its place has to do.
    return identity.isEmpty ? "i:\(index)" : "k:\(JSON.object(identity).text)"
  }

  /// JSON writes the text as it is.
  private static func isPlain(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
  }

  func steps(of elements: [JSON]) -> [String] {
    elements.enumerated().map { step(to: $1, at: $0) }
  }
}

extension Schema {
  /// The schema of a member of an object.
  func member(_ name: String) -> Schema? { properties[name] ?? additionalProperties?.schema }
}
