import Testing

@testable import Kubernetes

@Suite("A cache's state")
struct CacheStateTests {
  typealias State = CacheState<ConfigMap>

  static func synced(_ objects: ConfigMap..., version: Int) -> State {
    var state = State()
    _ = state.replace(with: objects, resourceVersion: String(version))
    return state
  }

  static func names(_ state: State) -> [String] { state.objects.keys.map(\.name).sorted() }

  @Test("reports what a first list has as added, and what later ones lack as deleted")
  func lists() {
    var state = State()
    #expect(!state.hasSynced)
    #expect(state.replace(with: [configMap("a", 1)], resourceVersion: "5") == [.added(configMap("a", 1))])
    #expect(state.hasSynced)
    let changes = state.replace(with: [configMap("b", 7)], resourceVersion: "8")
    #expect(changes == [.added(configMap("b", 7)), .deleted(configMap("a", 1))])
    #expect(state.replace(with: [configMap("b", 7)], resourceVersion: "9").isEmpty)
  }

  @Test("follows a watch and remembers where it is")
  func events() {
    var state = Self.synced(version: 1)
    #expect(state.handle(.added(configMap("a", 2))) == [.added(configMap("a", 2))])
    #expect(state.handle(.modified(configMap("a", 3))) == [.updated(old: configMap("a", 2), new: configMap("a", 3))])
    #expect(state.handle(.deleted(configMap("a", 4))) == [.deleted(configMap("a", 4))])
    #expect(state.resourceVersion == "4")
    #expect(state.handle(.bookmark(resourceVersion: "9")).isEmpty)
    #expect(state.resourceVersion == "9")
  }

  @Test("tells an object that was deleted and made anew from one that changed")
  func recreated() {
    var state = Self.synced(configMap("a", 1, uid: "one"), version: 1)
    let changes = state.handle(.modified(configMap("a", 3, uid: "two")))
    #expect(changes == [.deleted(configMap("a", 1, uid: "one")), .added(configMap("a", 3, uid: "two"))])
  }

  @Test("shows own writes at once and is not set back by what the watch says of earlier states")
  func ownWrites() {
    var state = Self.synced(configMap("a", 1), version: 1)
    #expect(state.observe(configMap("a", 5)).count == 1)
    #expect(state.handle(.modified(configMap("a", 3))).isEmpty)
    #expect(state.handle(.modified(configMap("a", 5))).isEmpty)
    #expect(state.handle(.modified(configMap("a", 6))).count == 1)
    #expect(state.observe(configMap("a", 4)).isEmpty)
  }

  @Test("does not bring back by an own write what the watch has seen deleted since")
  func deletedSince() {
    var state = Self.synced(configMap("a", 1), version: 1)
    _ = state.handle(.deleted(configMap("a", 7)))
    #expect(state.observe(configMap("a", 5)).isEmpty)
    #expect(state.objects.isEmpty)
  }

  @Test("keeps an object of ours that was made after the deletion which the watch reports")
  func createdAfterDeletion() {
    var state = Self.synced(configMap("a", 1, uid: "one"), version: 1)
    _ = state.observe(configMap("a", 9, uid: "two"))
    #expect(state.handle(.deleted(configMap("a", 5, uid: "one"))).isEmpty)
    #expect(Self.names(state) == ["a"])
    #expect(state.handle(.deleted(configMap("a", 10, uid: "two"))).count == 1)
  }

  @Test("keeps what we wrote after the moment of a new list, and lets go what a list without it has seen")
  func listDuringWrites() {
    var state = Self.synced(version: 1)
    _ = state.observe(configMap("new", 12))
    _ = state.replace(with: [], resourceVersion: "10")
    #expect(Self.names(state) == ["new"])
    _ = state.replace(with: [], resourceVersion: "20")
    #expect(Self.names(state) == [])
  }

  @Test("starts over with a server whose numbers are smaller")
  func otherServer() {
    var state = Self.synced(configMap("a", 900), version: 1000)
    let changes = state.replace(with: [configMap("a", 3, value: "other")], resourceVersion: "5")
    #expect(changes.count == 1)
    #expect(state.objects[ObjectKey("a", in: "demo")]?.metadata.resourceVersion == "3")
  }
}

@Suite("Changes that wait for a subscriber")
struct PendingChangesTests {
  static func merged(_ changes: Change<ConfigMap>...) -> [Change<ConfigMap>] {
    var pending = PendingChanges<ConfigMap>()
    for change in changes { pending.add(change) }
    var result: [Change<ConfigMap>] = []
    while let change = pending.next() { result.append(change) }
    return result
  }

  @Test("become one for each object, in the order of their first")
  func merging() {
    let (one, two, three) = (configMap("a", 1), configMap("a", 2), configMap("a", 3))
    let other = configMap("b", 1)
    #expect(Self.merged(.added(one), .added(other), .updated(old: one, new: two)) == [.added(two), .added(other)])
    #expect(Self.merged(.added(one), .deleted(two)) == [])
    #expect(
      Self.merged(.updated(old: one, new: two), .updated(old: two, new: three)) == [.updated(old: one, new: three)])
    #expect(Self.merged(.updated(old: one, new: two), .deleted(three)) == [.deleted(three)])
    #expect(Self.merged(.deleted(one), .added(three)) == [.updated(old: one, new: three)])
    #expect(Self.merged(.added(one), .deleted(two), .added(three)) == [.added(three)])
  }

  @Test("tell of each object that went, though another has taken its name")
  func sameName() {
    let (one, two) = (configMap("a", 1, uid: "one"), configMap("a", 3, uid: "two"))
    let three = configMap("a", 5, uid: "three")
    #expect(Self.merged(.deleted(one), .added(two)) == [.deleted(one), .added(two)])
    #expect(Self.merged(.deleted(one), .added(two), .deleted(two)) == [.deleted(one)])
    #expect(Self.merged(.deleted(one), .added(two), .deleted(two), .added(three)) == [.deleted(one), .added(three)])
    let newer = configMap("a", 4, uid: "two")
    #expect(Self.merged(.deleted(one), .added(two), .updated(old: two, new: newer)) == [.deleted(one), .added(newer)])
  }

  @Test("never become more than objects, however many come")
  func bounded() {
    var pending = PendingChanges<ConfigMap>()
    var taken = 0
    for version in 0..<10_000 {
      pending.add(.updated(old: configMap("a", version), new: configMap("a", version + 1)))
      if version % 3 == 0, pending.next() != nil { taken += 1 }
    }
    while pending.next() != nil { taken += 1 }
    #expect(taken == 3334)
  }
}
