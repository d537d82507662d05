extension ServerSideApply {
  /// The live value with the configuration's fields put into it.
  static func merge(_ configuration: JSON, into live: JSON?, _ schema: Schema?) -> JSON {
    switch FieldShape(configuration, schema) {
    case .leaf: return configuration
    case .members(let members):
      guard case .object(var result)? = live else { return configuration }
      for (name, member) in members {
        result[name] = merge(member, into: result[name], schema?.member(name))
      }
      return .object(result)
    case .elements(let elements, let identity):
      guard case .array(let before)? = live else { return configuration }
      return .array(merge(elements, into: before, identity))
    }
  }

  /// Elements stand in the order of the configuration; those that only the live list has stay where they were.
  private static func merge(_ elements: [JSON], into live: [JSON], _ identity: ListIdentity) -> [JSON] {
    let steps = identity.steps(of: elements)
    let liveSteps = identity.steps(of: live)
    if steps == liveSteps { return zip(elements, live).map { merge($0, into: $1, identity.items) } }
    let wanted = Set(steps)
    var places: [String: Int] = [:]
    for (place, step) in liveSteps.enumerated() where places[step] == nil { places[step] = place }

    var result: [JSON] = []
    result.reserveCapacity(max(elements.count, live.count))
    var done: Set<String> = []
    var next = 0
    for (place, step) in liveSteps.enumerated() {
      guard wanted.contains(step) else {
        result.append(live[place])
        continue
      }
      while !done.contains(step), next < elements.count { takeNext() }
    }
    while next < elements.count { takeNext() }
    return result

    func takeNext() {
      let step = steps[next]
      // An element that stands twice in the configuration is left for validation to complain about.
      let counterpart = done.insert(step).inserted ? places[step].map { live[$0] } : nil
      result.append(counterpart.map { merge(elements[next], into: $0, identity.items) } ?? elements[next])
      next += 1
    }
  }

  /// The value without the fields its manager has given up, apart from those that are somebody's.
  static func prune(_ value: JSON, _ abandoned: FieldSet, owned: FieldSet, _ schema: Schema?) -> JSON {
    switch FieldShape(value, schema) {
    case .leaf: return value
    case .members(var members):
      for (step, below) in abandoned.children {
        let name = String(step.dropFirst(2))
        guard step.hasPrefix("f:"), let member = members[name] else { continue }
        members[name] = pruned(member, below, owned: owned.children[step], schema?.member(name), isNamed: true)
      }
      return .object(members)
    case .elements(let elements, let identity):
      var kept: [JSON] = []
      kept.reserveCapacity(elements.count)
      for (index, element) in elements.enumerated() {
        let step = identity.step(to: element, at: index)
        guard let below = abandoned.children[step] else {
          kept.append(element)
          continue
        }
        if let rest = pruned(element, below, owned: owned.children[step], identity.items, isNamed: false) {
          kept.append(rest)
        }
      }
      return .array(kept)
    }
  }

  /// One member or element; nil when it goes.
  private static func pruned(
    _ value: JSON, _ abandoned: FieldSet, owned: FieldSet?, _ schema: Schema?, isNamed: Bool
  ) -> JSON? {
    let owned = owned ?? FieldSet()
    // An element of a list goes with all that is in it. The member of an object stays while somebody owns a part.
    if abandoned.isMember && !owned.isMember && (!isNamed || owned.children.isEmpty) { return nil }
    guard !abandoned.children.isEmpty else { return value }
    let rest = prune(value, abandoned, owned: owned, schema)
    if owned.isEmpty, rest == .object([:]) || rest == .array([]), rest != value { return nil }
    return rest
  }
}
