/// Changes that a subscriber has not taken yet, at most one for each object: however slow the subscriber, there are
/// never more than objects.
struct PendingChanges<Object: APIObject> {
  private var changes: [ObjectKey: Change<Object>] = [:]
  /// In the order in which objects first changed; keys without a change are passed over.
  private var order: [ObjectKey] = []
  private var first = 0

  mutating func add(_ change: Change<Object>) {
    let key = change.key
    guard let earlier = changes[key] else {
      changes[key] = change
      order.append(key)
      return
    }
    changes[key] = Self.merge(earlier, change)
  }

  /// Nil where nothing is left to tell.
  private static func merge(_ earlier: Change<Object>, _ later: Change<Object>) -> Change<Object>? {
    switch (earlier, later) {
    case (.added, .added(let new)), (.added, .updated(_, let new)): .added(new)
    case (.added, .deleted): nil
    case (.updated(let old, _), .added(let new)), (.updated(let old, _), .updated(_, let new)),
      (.deleted(let old), .added(let new)), (.deleted(let old), .updated(_, let new)):
      .updated(old: old, new: new)
    case (.updated(let old, _), .deleted(let last)):
      // The subscriber knows the one before, where there were two of the name.
      .deleted(old.metadata.uid == last.metadata.uid ? last : old)
    case (.deleted, .deleted(let last)): .deleted(last)
    }
  }

  mutating func next() -> Change<Object>? {
    while first < order.count {
      let key = order[first]
      // Two objects that had the same name one after the other are no object that changed.
      if case .updated(let old, let new) = changes[key], old.metadata.uid != new.metadata.uid {
        changes[key] = .added(new)
        return .deleted(old)
      }
      first += 1
      // The list is cut when half of it is done, so that taking stays cheap and the list stays short.
      if first > 64, first * 2 > order.count {
        order.removeSubrange(..<first)
        first = 0
      }
      if let change = changes.removeValue(forKey: key) { return change }
    }
    return nil
  }
}
