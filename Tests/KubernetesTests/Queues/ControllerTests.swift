import Synchronization
import Testing

@testable import Kubernetes

@Suite("A controller", .timeLimit(.minutes(1)))
struct ControllerTests {
  static func run(
    _ queue: WorkQueue<String>, workers: Int = 2, deadline: Duration = .seconds(10),
    reconcile: @escaping @Sendable (String) async throws -> Duration?, _ body: () async -> Void
  ) async {
    let controller = Controller(
      "test", workers: workers, deadline: deadline, sources: [], queue: queue, reconcile: reconcile)
    let runner = Task { await controller.run() }
    await body()
    runner.cancel()
    await runner.value
  }

  @Test("works on what is added, now or later, before and after it starts")
  func works() async {
    let queue = WorkQueue<String>()
    let seen = Mutex<[String]>([])
    await queue.add("before")
    await Self.run(queue) { key in
      seen.withLock { $0.append(key) }
      return nil
    } _: {
      await queue.add("later", after: .milliseconds(50))
      await queue.add("now")
      #expect(await eventually { seen.withLock { $0.count } == 3 })
      #expect(seen.withLock { $0.last } == "later")
    }
  }

  @Test("goes on when one key's time is beyond all measure")
  func farAway() async {
    let queue = WorkQueue<String>()
    let seen = Counter()
    await queue.add("far", after: .seconds(Int64.max))
    await Self.run(queue) { _ in
      _ = seen.next()
      return .seconds(Int64.max)
    } _: {
      await queue.add("now")
      #expect(await eventually { seen.value == 1 })
      #expect(await eventually { await queue.count == 2 })
    }
  }

  @Test("tries again after a failure and when asked to come back")
  func again() async {
    let queue = WorkQueue<String>(backoff: Backoff(first: .milliseconds(1), limit: .milliseconds(5)))
    let calls = Counter()
    await queue.add("a")
    await Self.run(queue) { _ in
      switch calls.next() {
      case 1, 2: throw APIError(status: 409, reason: "Conflict", message: "changed")
      case 3: return .milliseconds(1)
      default: return nil
      }
    } _: {
      #expect(await eventually { calls.value == 4 })
      #expect(await queue.count == 0)
    }
  }

  @Test("never works on one key twice at once, and uses all its workers")
  func exclusive() async {
    let queue = WorkQueue<String>()
    let state = Mutex<(active: [String: Int], most: Int, calls: Int, clashes: Int)>(([:], 0, 0, 0))
    await Self.run(queue, workers: 4) { key in
      state.withLock { state in
        state.active[key, default: 0] += 1
        if state.active[key] != 1 { state.clashes += 1 }
        state.most = max(state.most, state.active.values.reduce(0, +))
        state.calls += 1
      }
      try await Task.sleep(for: .milliseconds(2))
      state.withLock { $0.active[key, default: 0] -= 1 }
      return nil
    } _: {
      for round in 0..<50 {
        for key in ["a", "b", "c"] { await queue.add(key) }
        if round % 10 == 0 { try? await Task.sleep(for: .milliseconds(3)) }
      }
      #expect(await eventually { await queue.count == 0 })
      #expect(state.withLock { $0.clashes } == 0)
      #expect(state.withLock { $0.most } > 1)
    }
  }

  @Test("cancels a reconciliation that hangs, and goes on with it later")
  func hangs() async {
    let queue = WorkQueue<String>(backoff: Backoff(first: .milliseconds(1), limit: .milliseconds(5)))
    let calls = Counter()
    await queue.add("a")
    await Self.run(queue, workers: 1, deadline: .milliseconds(20)) { _ in
      if calls.next() == 1 { try await Task.sleep(for: .seconds(1000)) }
      return nil
    } _: {
      #expect(await eventually { calls.value == 2 })
    }
  }

  @Test("finds the objects that changed objects belong to")
  func owners() async throws {
    let cluster = ResourceType(group: "postgresql.cnpg.io", kind: "Cluster", plural: "clusters")
    try await TestServer.with { _ in
      .silence
    } _: { _, client in
      let cache = ObjectCache<ConfigMap>(client)
      let queue = WorkQueue<ObjectKey>()
      let source = Controller.owners(of: cache, kind: cluster)
      let runner = Task { await source(queue) }
      var owner = OwnerReference()
      (owner.apiVersion, owner.kind, owner.name, owner.uid) = ("postgresql.cnpg.io/v1", "Cluster", "demo-db", "u")
      owner.controller = true
      var foreign = owner
      foreign.apiVersion = "other.io/v1"
      for (name, reference) in [("a", owner), ("b", foreign)] {
        var object = configMap(name, 1)
        object.metadata.ownerReferences = [reference]
        cache.observe(object)
      }
      #expect(await queue.next() == ObjectKey("demo-db", in: "demo"))
      #expect(await queue.count == 0)
      runner.cancel()
      await runner.value
    }
  }
}
