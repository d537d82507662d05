import Kubernetes

/// All live objects and the latest events, in memory: what reads, lists and watches are answered from. A value; the
/// store guards it with a lock and changes it only after the change is durable.
struct StoreState: Sendable {
  /// The objects of one resource with their places in order.
  struct Collection: Sendable {
    var objects: [StoreKey.Place: StoredObject] = [:]
    var order: [StoreKey.Place] = []

    mutating func insert(_ object: StoredObject) {
      let place = object.key.place
      if objects.updateValue(object, forKey: place) == nil { order.insert(place, at: index(of: place)) }
    }

    mutating func remove(_ place: StoreKey.Place) {
      guard objects.removeValue(forKey: place) != nil else { return }
      order.remove(at: index(of: place))
    }

    /// The index of the first place that is not before the given one.
    func index(of place: StoreKey.Place) -> Int {
      order.partitioningIndex { !($0 < place) }
    }
  }

  private(set) var revision: Int64
  private(set) var collections: [String: Collection] = [:]
  private(set) var log: EventLog

  init(revision: Int64, objects: [StoredObject], limits: EventLog.Limits) {
    self.revision = revision
    log = EventLog(startingAfter: revision, limits: limits)
    for object in objects { collections[object.key.resource, default: Collection()].insert(object) }
  }

  func object(_ key: StoreKey) -> StoredObject? { collections[key.resource]?.objects[key.place] }

  /// Takes over the events of one durable commit.
  mutating func take(_ events: [StoreEvent]) {
    for event in events {
      let key = event.object.key
      switch event.kind {
      case .added, .modified: collections[key.resource, default: Collection()].insert(event.object)
      case .deleted: collections[key.resource]?.remove(key.place)
      }
      revision = event.revision
      log.append(event)
    }
  }

  /// The objects of a resource in order, as they were at a revision (now, if nil).
  ///
  /// - Throws: ``StoreError/gone(requested:oldest:)`` where the events since then are no longer all known.
  func list(_ resource: String, namespace: String?, at past: Int64?) throws(StoreError) -> [StoredObject] {
    var collection = collections[resource] ?? Collection()
    if let past, past < revision {
      for event in try log.events(after: past).reversed() where event.object.key.resource == resource {
        if let previous = event.previous {
          collection.insert(previous)
        } else {
          collection.remove(event.object.key.place)
        }
      }
    }
    var places = collection.order[...]
    if let namespace {
      let start = collection.index(of: StoreKey.Place(namespace: namespace, name: ""))
      places = places[start...].prefix { $0.namespace == namespace }
    }
    return places.compactMap { collection.objects[$0] }
  }
}

extension Array {
  /// The index of the first element for which the predicate holds, in an array where it holds for all elements after it.
  func partitioningIndex(where predicate: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if predicate(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
