import Synchronization
import Testing

@testable import Kubernetes

/// A server with one Lease, which it changes only for those who know its newest version.
private final class LeaseServer: Sendable {
  private let lease = Mutex<(version: Int, json: JSON?)>((0, nil))
  private let refusesWrites = Mutex(false)

  var holder: String? { lease.withLock { $0.json?[path: ["spec", "holderIdentity"]]?.stringValue } }
  func refuseWrites() { refusesWrites.withLock { $0 = true } }

  func steal(by holder: String) {
    lease.withLock { lease in
      lease.version += 1
      lease.json?[path: ["spec", "holderIdentity"]] = .string(holder)
      lease.json?[path: ["metadata", "resourceVersion"]] = .string(String(lease.version))
    }
  }

  func answer(_ request: TestServer.Request) -> TestServer.Response {
    if request.method != "GET", refusesWrites.withLock({ $0 }) { return .silence }
    return lease.withLock { lease in
      if request.method == "GET" { return lease.json.map { .object($0) } ?? .status(404, "NotFound") }
      guard var json = request.json else { return .status(400, "BadRequest") }
      let known = json[path: ["metadata", "resourceVersion"]]?.stringValue
      if request.method == "POST", lease.json != nil { return .status(409, "AlreadyExists") }
      if request.method == "PUT", known != String(lease.version) { return .status(409, "Conflict") }
      lease.version += 1
      json[path: ["metadata", "resourceVersion"]] = .string(String(lease.version))
      lease.json = json
      return .object(json)
    }
  }
}

/// How many lead at once.
private final class Leaders: Sendable {
  private let count = Mutex<(now: Int, most: Int)>((0, 0))
  var most: Int { count.withLock { $0.most } }
  func begin() { count.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }
  func end() { count.withLock { $0.now -= 1 } }
}

@Suite("A leader elector", .timeLimit(.minutes(1)))
struct LeaderElectorTests {
  static func elector(_ client: KubernetesClient, _ identity: String) -> LeaderElector {
    LeaderElector(
      client, lease: "lock", namespace: "demo", identity: identity, duration: .seconds(1),
      renewDeadline: .milliseconds(600), retryPeriod: .milliseconds(40))
  }

  @Test("lets one lead at a time, and hands over at once when the leader ends")
  func handover() async throws {
    let leases = LeaseServer()
    try await TestServer.with {
      leases.answer($0)
    } _: { _, client in
      let leaders = Leaders()
      let hasLed = Counter()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for identity in ["a", "b", "c"] {
          let elector = Self.elector(client, identity)
          group.addTask {
            try await elector.run {
              leaders.begin()
              hasLed.next()
              try await Task.sleep(for: .milliseconds(100))
              leaders.end()
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(hasLed.value == 3)
      #expect(leaders.most == 1)
      #expect(leases.holder == "")
    }
  }

  @Test("cancels the leader when another one holds the lease, and does not give that one's lease up")
  func stolen() async throws {
    let leases = LeaseServer()
    try await TestServer.with {
      leases.answer($0)
    } _: { _, client in
      let ended = Counter()
      let elector = Self.elector(client, "a")
      let runner = Task {
        try await elector.run {
          leases.steal(by: "b")
          defer { ended.next() }
          try await Task.sleep(for: .seconds(100))
        }
      }
      #expect(await eventually { ended.value == 1 })
      #expect(leases.holder == "b")
      runner.cancel()
      _ = await runner.result
    }
  }

  @Test("cancels the leader who cannot renew, before the lease has run out for others")
  func cannotRenew() async throws {
    let leases = LeaseServer()
    try await TestServer.with {
      leases.answer($0)
    } _: { _, client in
      let start = Mutex(ContinuousClock.now)
      let led = Mutex<Duration?>(nil)
      let elector = Self.elector(client, "a")
      let runner = Task {
        try await elector.run {
          leases.refuseWrites()
          start.withLock { $0 = .now }
          defer { led.withLock { $0 = .now - start.withLock { $0 } } }
          try await Task.sleep(for: .seconds(100))
        }
      }
      #expect(await eventually { led.withLock { $0 } != nil })
      let duration = led.withLock { $0 } ?? .seconds(100)
      #expect(duration < .milliseconds(1000), "\(duration)")
      runner.cancel()
      _ = await runner.result
    }
  }

  @Test("gives the lease up when it is cancelled")
  func released() async throws {
    let leases = LeaseServer()
    try await TestServer.with {
      leases.answer($0)
    } _: { _, client in
      let started = Counter()
      let elector = Self.elector(client, "a")
      let runner = Task {
        try await elector.run {
          started.next()
          try await Task.sleep(for: .seconds(100))
        }
      }
      #expect(await eventually { started.value == 1 })
      #expect(leases.holder == "a")
      runner.cancel()
      await #expect(throws: CancellationError.self) { try await runner.value }
      #expect(leases.holder == "")
    }
  }
}
