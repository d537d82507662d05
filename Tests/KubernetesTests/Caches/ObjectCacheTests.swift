import Synchronization
import Testing

@testable import Kubernetes

@Suite("A cache", .timeLimit(.minutes(1)))
struct ObjectCacheTests {
  /// Runs the cache while the body looks at it.
  static func run(
    _ handler: @escaping TestServer.Handler, _ body: @Sendable (ObjectCache<ConfigMap>, TestServer) async throws -> Void
  ) async throws {
    try await TestServer.with(handler) { server, client in
      let cache = ObjectCache<ConfigMap>(client)
      let runner = Task { try await cache.run() }
      try await body(cache, server)
      runner.cancel()
      await #expect(throws: CancellationError.self) { try await runner.value }
    }
  }

  @Test("lists, watches from there, and tells its subscribers everything once")
  func follows() async throws {
    let (stream, watch) = AsyncStream<String>.makeStream()
    try await Self.run { request in
      request.query.contains("watch=") ? .lines(stream) : .object(list([configMap("a", 1)], version: 5))
    } _: { cache, server in
      await cache.synced()
      #expect(cache.all() == [configMap("a", 1)])
      var changes = cache.changes().makeAsyncIterator()
      #expect(await changes.next() == .added(configMap("a", 1)))
      watch.yield(event("ADDED", configMap("b", 6)))
      #expect(await changes.next() == .added(configMap("b", 6)))
      #expect(cache.get("b", in: "demo") == configMap("b", 6))
      cache.observe(configMap("b", 7))
      #expect(await changes.next() == .updated(old: configMap("b", 6), new: configMap("b", 7)))
      watch.yield(event("MODIFIED", configMap("b", 7)))
      watch.yield(event("DELETED", configMap("a", 8)))
      #expect(await changes.next() == .deleted(configMap("a", 8)))
      #expect(server.requests.contains { $0.query.contains("resourceVersion=5") })
    }
  }

  @Test("lists anew when its resource version is gone, and reports what it missed")
  func gone() async throws {
    let lists = Counter()
    try await Self.run { request in
      if request.query.contains("watch=") {
        return request.query.contains("resourceVersion=5") ? .status(410, "Expired") : .lines(lines([], open: true))
      }
      return .object(
        lists.next() == 1
          ? list([configMap("a", 1)], version: 5) : list([configMap("b", 8)], version: 9))
    } _: { cache, _ in
      #expect(await eventually { cache.all() == [configMap("b", 8)] })
    }
  }

  @Test("goes on from the last event after a broken connection, without a new list")
  func reconnects() async throws {
    let watches = Counter()
    try await Self.run { request in
      guard request.query.contains("watch=") else { return .object(list([], version: 5)) }
      let number = watches.next()
      return .lines(lines([event("ADDED", configMap("a", 5 + number))], open: true))
    } _: { cache, server in
      #expect(await eventually { cache.get("a", in: "demo")?.metadata.resourceVersion == "6" })
      server.breakConnections()
      #expect(await eventually { cache.get("a", in: "demo")?.metadata.resourceVersion == "7" })
      #expect(server.requests.filter { !$0.query.contains("watch=") }.count == 1)
      #expect(server.requests.last?.query.contains("resourceVersion=6") == true)
    }
  }

  @Test("is patient with a server that refuses or is away, and does not hammer it")
  func refused() async throws {
    let isWilling = Mutex(false)
    try await Self.run { request in
      guard isWilling.withLock({ $0 }) else { return .status(403, "Forbidden") }
      return request.query.contains("watch=") ? .lines(lines([], open: true)) : .object(list([], version: 1))
    } _: { cache, server in
      #expect(await eventually { server.requests.count >= 3 })
      #expect(!cache.hasSynced)
      isWilling.withLock { $0 = true }
      await cache.synced()
      #expect(server.requests.count < 10)
    }
  }

  @Test("leaves out an object that is not of its type, and keeps the others")
  func undecodable() async throws {
    try await Self.run { request in
      if request.query.contains("watch=") { return .lines(lines([], open: true)) }
      var all = list([configMap("a", 1)], version: 1)
      all["items"] = .array((all["items"]?.arrayValue ?? []) + [["metadata": ["name": "b"], "data": 5]])
      return .object(all)
    } _: { cache, _ in
      await cache.synced()
      #expect(cache.all().map(\.name) == ["a"])
    }
  }

  @Test("lets those who wait for it go when they are cancelled")
  func cancelledWait() async throws {
    try await TestServer.with { _ in
      .silence
    } _: { _, client in
      let cache = ObjectCache<ConfigMap>(client)
      let waiter = Task {
        await cache.synced()
        for await _ in cache.changes() {}
      }
      waiter.cancel()
      await waiter.value
      #expect(!cache.hasSynced)
    }
  }
}
