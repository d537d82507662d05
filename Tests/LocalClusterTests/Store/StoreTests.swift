import Foundation
import Kubernetes
import Testing

@testable import LocalCluster

/// A store in a folder of its own, removed afterwards.
func withStore(
  limits: EventLog.Limits = .init(), _ body: (Store, String) async throws -> Void
) async throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: "matriarch-store-\(UUID())").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  let path = folder + "/store.sqlite"
  let store = try await Store(path: path, limits: limits) { _, value in
    ["status.phase": value[path: ["status", "phase"]]?.stringValue ?? ""]
  }
  try await body(store, path)
  try store.close()
}

func named(_ name: String, _ data: JSON = .null) -> JSON {
  ["metadata": ["name": .string(name), "uid": .string("uid-\(name)")], "data": data]
}

@Suite("The store")
struct StoreTests {
  let key = StoreKey("configmaps", namespace: "default", name: "a")

  @Test("gives each write a revision of its own and writes it into the object")
  func revisions() async throws {
    try await withStore { store, _ in
      let first = try await store.create(key, named("a"))
      let second = try await store.update(key, named("a", 2), ifRevision: first.revision)
      #expect(second.revision == first.revision + 1)
      #expect(try second.value()[path: ["metadata", "resourceVersion"]] == .string("\(second.revision)"))
      #expect(store.get(key)?.revision == second.revision)
    }
  }

  @Test("refuses to create twice, to update what changed, and to touch what is not there")
  func conflicts() async throws {
    try await withStore { store, _ in
      let first = try await store.create(key, named("a"))
      await #expect(throws: StoreError.alreadyExists(key)) { try await store.create(key, named("a")) }
      _ = try await store.update(key, named("a", 2), ifRevision: first.revision)
      await #expect(throws: StoreError.conflict(key)) {
        try await store.update(key, named("a", 3), ifRevision: first.revision)
      }
      await #expect(throws: StoreError.conflict(key)) {
        try await store.delete(key, last: named("a"), ifRevision: first.revision)
      }
      let other = StoreKey("configmaps", namespace: "default", name: "b")
      await #expect(throws: StoreError.notFound(other)) { try await store.update(other, named("b"), ifRevision: 1) }
    }
  }

  @Test("lets exactly one of many writers of the same revision win, also within one commit")
  func race() async throws {
    try await withStore { store, _ in
      let first = try await store.create(key, named("a"))
      let winners = await withTaskGroup(of: Bool.self) { group in
        for number in 0..<50 {
          group.addTask {
            (try? await store.update(key, named("a", .int(Int64(number))), ifRevision: first.revision)) != nil
          }
        }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(winners == 1)
    }
  }

  @Test("comes back with all objects and a revision that goes on rising, also after deletions")
  func reopening() async throws {
    try await withStore { store, path in
      let first = try await store.create(key, named("a"))
      let other = StoreKey("pods", namespace: "default", name: "b")
      let pod = try await store.create(other, named("b"))
      let gone = try await store.delete(key, last: named("a"), ifRevision: first.revision)
      try store.close()
      let again = try await Store(path: path)
      #expect(again.revision == gone.revision)
      #expect(again.get(key) == nil)
      #expect(again.get(other)?.body == pod.body)
      let next = try await again.create(key, named("a"))
      #expect(next.revision == gone.revision + 1)
      try again.close()
    }
  }

  @Test("refuses a file that another process has open")
  func exclusive() async throws {
    try await withStore { _, path in
      await #expect(throws: StoreError.inUse(path)) { _ = try await Store(path: path) }
    }
  }

  @Test("says that a file is no store, and leaves it alone")
  func notAStore() async throws {
    try await withStore { _, path in
      let other = path + ".txt"
      try Data(repeating: 0x41, count: 5000).write(to: URL(filePath: other))
      await #expect {
        _ = try await Store(path: other)
      } throws: {
        if case .damaged = $0 as? StoreError { true } else { false }
      }
      #expect(try Data(contentsOf: URL(filePath: other)).count == 5000)
    }
  }

  @Test("lists in the order of namespace and name, now and at a past revision")
  func listing() async throws {
    try await withStore { store, _ in
      var revisions: [Int64] = []
      for (namespace, name) in [("b", "x"), ("a", "y"), ("a", "x"), ("ab", "z")] {
        let key = StoreKey("pods", namespace: namespace, name: name)
        revisions.append(try await store.create(key, named(name)).revision)
      }
      let all = try store.list("pods").objects.map { "\($0.key.namespace)/\($0.key.name)" }
      #expect(all == ["a/x", "a/y", "ab/z", "b/x"])
      #expect(try store.list("pods", namespace: "a").objects.map(\.key.name) == ["x", "y"])
      let first = StoreKey("pods", namespace: "b", name: "x")
      let deleted = try await store.delete(first, last: named("x"), ifRevision: revisions[0])
      let past = try store.list("pods", at: revisions[1]).objects.map { "\($0.key.namespace)/\($0.key.name)" }
      #expect(past == ["a/y", "b/x"])
      #expect(try store.list("pods").revision == deleted.revision)
    }
  }

  @Test("tells a watcher what happened since a revision, and wakes it when something happens")
  func watching() async throws {
    try await withStore { store, _ in
      let start = store.revision
      let first = try await store.create(key, named("a"))
      _ = try await store.delete(key, last: named("a"), ifRevision: first.revision)
      let (events, revision) = try store.events(of: "configmaps", after: start)
      #expect(events.map(\.kind) == [.added, .deleted])
      #expect(events.last?.previous?.revision == first.revision)
      async let woken: Void = store.change(of: "pods", after: revision)
      _ = try await store.create(StoreKey("pods", namespace: "n", name: "p"), named("p"))
      await woken
      #expect(try store.events(of: "pods", namespace: "n", after: revision).events.count == 1)
      #expect(try store.events(of: "pods", namespace: "other", after: revision).events.isEmpty)
    }
  }

  @Test("tells a watcher that fell behind the kept events that they are gone")
  func gone() async throws {
    try await withStore(limits: .init(events: 8, bytes: 1 << 20)) { store, _ in
      for number in 0..<20 {
        _ = try await store.create(StoreKey("pods", namespace: "n", name: "p\(number)"), named("p"))
      }
      #expect(throws: StoreError.self) { try store.events(of: "pods", after: 1) }
      #expect(try store.events(of: "pods", after: store.revision - 3).events.count == 3)
      // Does not wait for ever for what it can no longer see.
      await store.change(of: "pods", after: 1)
    }
  }

  @Test("stops waiting when the task is cancelled")
  func cancelled() async throws {
    try await withStore { store, _ in
      let task = Task { await store.change(of: "pods", after: store.revision) }
      task.cancel()
      await task.value
    }
  }
}
