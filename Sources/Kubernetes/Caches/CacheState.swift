/// The objects of a kind as far as a list, a watch and one's own writes have told.
///
/// Invariant: an object is never replaced by an older state of itself. Kubernetes calls resource versions opaque, but
/// promises since 1.35 that they are whole numbers that grow; etcd's and our own always were.
struct CacheState<Object: APIObject> {
  private(set) var objects: [ObjectKey: Object] = [:]
  /// Where the watch continues; nil before the first list.
  private(set) var resourceVersion: String?
  /// Objects that only our own writes have told of; the watch has not come to them yet.
  private var ahead: Set<ObjectKey> = []

  var hasSynced: Bool { resourceVersion != nil }

  /// The kind as it was at a moment. What we wrote after that moment stays.
  mutating func replace(with list: [Object], resourceVersion: String) -> [Change<Object>] {
    let isFirst = self.resourceVersion == nil
    self.resourceVersion = resourceVersion
    var listed: Set<ObjectKey> = []
    var changes: [Change<Object>] = []
    for object in list {
      let key = ObjectKey(object)
      listed.insert(key)
      if let known = objects[key], ahead.contains(key), Self.isNewer(known, than: object) { continue }
      ahead.remove(key)
      changes += put(object, key)
    }
    for (key, object) in objects where !listed.contains(key) {
      if ahead.contains(key), !isFirst, Self.isNewer(object.metadata.resourceVersion, than: resourceVersion) {
        continue
      }
      ahead.remove(key)
      objects[key] = nil
      changes.append(.deleted(object))
    }
    return changes
  }

  mutating func handle(_ event: WatchEvent<Object>) -> [Change<Object>] {
    switch event {
    case .bookmark(let version):
      advance(to: version)
      return []
    case .added(let object), .modified(let object):
      advance(to: object.metadata.resourceVersion)
      let key = ObjectKey(object)
      if let known = objects[key], Self.isNewer(known, than: object) { return [] }
      ahead.remove(key)
      return put(object, key)
    case .deleted(let object):
      advance(to: object.metadata.resourceVersion)
      let key = ObjectKey(object)
      // An object of the same name that we made after this deletion stays.
      guard let known = objects[key], !(ahead.contains(key) && Self.isNewer(known, than: object)) else { return [] }
      ahead.remove(key)
      objects[key] = nil
      return [.deleted(object)]
    }
  }

  /// Takes in what one of our own writes returned, so that its writer sees it at once.
  mutating func observe(_ object: Object) -> [Change<Object>] {
    let key = ObjectKey(object)
    if let known = objects[key] {
      guard Self.isNewer(object, than: known) else { return [] }
    } else if let resourceVersion, !Self.isNewer(object.metadata.resourceVersion, than: resourceVersion) {
      // The watch is past this state and there is no object: it has been deleted since.
      return []
    }
    ahead.insert(key)
    return put(object, key)
  }

  private mutating func put(_ object: Object, _ key: ObjectKey) -> [Change<Object>] {
    guard let old = objects.updateValue(object, forKey: key) else { return [.added(object)] }
    guard old.metadata.uid == object.metadata.uid else { return [.deleted(old), .added(object)] }
    return old == object ? [] : [.updated(old: old, new: object)]
  }

  private mutating func advance(to version: String?) {
    if let version, !version.isEmpty { resourceVersion = version }
  }

  private static func isNewer(_ left: Object, than right: Object) -> Bool {
    isNewer(left.metadata.resourceVersion, than: right.metadata.resourceVersion)
  }

  private static func isNewer(_ left: String?, than right: String?) -> Bool {
    guard let left = left.flatMap({ UInt64($0) }), let right = right.flatMap({ UInt64($0) }) else { return false }
    return left > right
  }
}
