extension FieldSet {
  /// All fields of a value: those an applied configuration claims.
  init(of value: JSON, _ schema: Schema?) {
    switch FieldShape(value, schema) {
    case .leaf: isMember = true
    case .members(let members):
      // An empty object is a claim of its own: `emptyDir: {}`.
      isMember = members.isEmpty
      for (name, member) in members {
        var below = FieldSet(of: member, schema?.member(name))
        // The keys of a free map are members themselves, those of a structure are only the way.
        if schema?.properties[name] == nil, schema?.additionalProperties != nil { below.isMember = true }
        children["f:" + name] = below
      }
    case .elements(let elements, let identity):
      isMember = elements.isEmpty
      for (index, element) in elements.enumerated() {
        var below = FieldSet(of: element, identity.items)
        below.isMember = true
        children[identity.step(to: element, at: index)] = below
      }
    }
  }
}

/// What differs between two versions of an object.
struct FieldChanges {
  /// Added or changed.
  var written = FieldSet()
  var removed = FieldSet()

  var isEmpty: Bool { written.isEmpty && removed.isEmpty }

  init(from old: JSON?, to new: JSON?, _ schema: Schema?, depth: Int = 0) {
    switch (old.flatMap { $0.isNull ? nil : $0 }, new.flatMap { $0.isNull ? nil : $0 }) {
    case (nil, nil): break
    case (nil, let new?):
      switch FieldShape(new, schema) {
      case .leaf: written.isMember = true
      case .members: compare(.object([:]), new, schema, depth: depth)
      case .elements: compare(.array([]), new, schema, depth: depth)
      }
      // What was not there is written itself, apart from `spec` and its like, which every object has.
      if depth > 1 || schema?.properties.isEmpty != false || new == .object([:]) { written.isMember = true }
    case (let old?, nil):
      removed = FieldSet(of: old, schema)
      removed.isMember = true
    case (let old?, let new?): compare(old, new, schema, depth: depth)
    }
  }

  private mutating func compare(_ old: JSON, _ new: JSON, _ schema: Schema?, depth: Int) {
    switch (FieldShape(old, schema), FieldShape(new, schema)) {
    case (.members(let before), .members(let after)):
      for (name, value) in after {
        let changes = FieldChanges(from: before[name], to: value, schema?.member(name), depth: depth + 1)
        if !changes.isEmpty { add(changes, at: "f:" + name) }
      }
      for (name, value) in before where after[name] == nil {
        add(FieldChanges(from: value, to: nil, schema?.member(name), depth: depth + 1), at: "f:" + name)
      }
    case (.elements(let before, let identity), .elements(let after, _)):
      compare(before, after, identity, depth: depth)
    default:
      if !old.isSameValue(as: new) {
        written = FieldSet(of: new, schema)
        written.isMember = true
        removed = FieldSet(of: old, schema)
        removed.isMember = false
        removed = removed.subtracting(written)
      }
    }
  }

  private mutating func compare(_ before: [JSON], _ after: [JSON], _ identity: ListIdentity, depth: Int) {
    // Most lists do not change, and writing down what identifies their elements costs more than comparing them.
    if before == after { return }
    let oldSteps = identity.steps(of: before)
    let newSteps = identity.steps(of: after)
    var places: [String: Int] = [:]
    if oldSteps != newSteps {
      for (place, step) in oldSteps.enumerated() where places[step] == nil { places[step] = place }
    }
    for (place, step) in newSteps.enumerated() {
      // Lists mostly keep their order, and then nothing has to be looked up.
      let isInPlace = place < oldSteps.count && oldSteps[place] == step
      let old = isInPlace ? before[place] : places[step].map { before[$0] }
      add(FieldChanges(from: old, to: after[place], identity.items, depth: depth + 1), at: step)
    }
    guard oldSteps != newSteps else { return }
    let kept = Set(newSteps)
    for (place, step) in oldSteps.enumerated() where !kept.contains(step) {
      add(FieldChanges(from: before[place], to: nil, identity.items, depth: depth + 1), at: step)
    }
  }

  private mutating func add(_ changes: FieldChanges, at step: String) {
    if !changes.written.isEmpty { written.children[step] = changes.written }
    if !changes.removed.isEmpty { removed.children[step] = changes.removed }
  }
}
