import Testing

@testable import Kubernetes

@Suite("The aggregation of events")
struct EventAggregationTests {
  let now = ContinuousClock.now
  var aggregation = EventAggregation()

  static func occurrence(_ message: String = "started", of name: String = "db-1") -> EventAggregation.Occurrence {
    EventAggregation.Occurrence(
      about: ObjectReference.with {
        $0.kind = "Pod"
        $0.namespace = "demo"
        $0.name = name
        $0.uid = "uid-\(name)"
      }, type: "Normal", reason: "Started", message: message)
  }

  @Test("counts what happens again instead of writing another event")
  mutating func repeats() {
    #expect(aggregation.record(Self.occurrence(), now: now, newName: "x") == .create(name: "x", count: 1))
    #expect(aggregation.record(Self.occurrence(), now: now, newName: "y") == .update(name: "x", count: 2))
    #expect(aggregation.record(Self.occurrence("stopped"), now: now, newName: "z") == .create(name: "z", count: 1))
    #expect(aggregation.record(Self.occurrence(of: "db-2"), now: now, newName: "w") == .create(name: "w", count: 1))
  }

  @Test("starts a new event when the server has forgotten the old one")
  mutating func forgets() {
    _ = aggregation.record(Self.occurrence(), now: now, newName: "x")
    let later = aggregation.record(Self.occurrence(), now: now + .seconds(3600), newName: "y")
    #expect(later == .create(name: "y", count: 1))
    aggregation.forget(Self.occurrence())
    #expect(aggregation.record(Self.occurrence(), now: now, newName: "z") == .create(name: "z", count: 1))
  }

  @Test("slows down an object that causes very many, and only that one")
  mutating func limits() {
    for _ in 0..<25 { #expect(aggregation.record(Self.occurrence(), now: now, newName: "x") != .drop) }
    #expect(aggregation.record(Self.occurrence(), now: now, newName: "x") == .drop)
    #expect(aggregation.record(Self.occurrence(of: "db-2"), now: now, newName: "x") != .drop)
    #expect(aggregation.record(Self.occurrence(), now: now + .seconds(300), newName: "x") != .drop)
    #expect(aggregation.record(Self.occurrence(), now: now + .seconds(300), newName: "x") == .drop)
  }

  @Test("cuts a message to what the server takes, at a character's end")
  func shortens() {
    #expect(EventRecorder.shortened("short") == "short")
    let long = EventRecorder.shortened(String(repeating: "é", count: 2000))
    #expect(long.utf8.count <= 1024)
    #expect(long.hasSuffix("é…"))
  }
}

@Suite("An event recorder", .timeLimit(.minutes(1)))
struct EventRecorderTests {
  @Test("writes an event, counts its repetitions, and writes it anew where it is gone")
  func writes() async throws {
    let patches = Counter()
    try await TestServer.with { request in
      if request.method == "PATCH", patches.next() == 2 { return .status(404, "NotFound") }
      return .object(
        request.json.map {
          var event = $0
          event["kind"] = "Event"
          return event
        } ?? [:])
    } _: { server, client in
      let recorder = EventRecorder(client, component: "operator", instance: "operator-1")
      let runner = Task { await recorder.run() }
      for _ in 0..<3 { recorder.record(.warning, reason: "Broken", message: "It broke.", about: configMap("a", 1)) }
      #expect(await eventually { server.requests.count == 4 })
      runner.cancel()
      await runner.value
      let requests = server.requests
      #expect(requests.map(\.method) == ["POST", "PATCH", "PATCH", "POST"])
      let event = try #require(requests.first?.json)
      #expect(event[path: ["involvedObject", "name"]] == "a")
      #expect(event["type"] == "Warning")
      #expect(event["count"] == 1)
      #expect(event[path: ["source", "component"]] == "operator")
      #expect(event["reportingInstance"] == "operator-1")
      #expect(requests[1].json?["count"] == 2)
      #expect(requests[3].json?["count"] == 3)
      #expect(requests[0].path == "/api/v1/namespaces/demo/events")
    }
  }

  @Test("never makes those wait who record, however many they record")
  func bounded() async throws {
    try await TestServer.with { _ in
      .silence
    } _: { _, client in
      let recorder = EventRecorder(client, component: "operator", instance: "operator-1")
      let start = ContinuousClock.now
      for number in 0..<5000 { recorder.record(.normal, reason: "R", message: "\(number)", about: configMap("a", 1)) }
      #expect(ContinuousClock.now - start < .seconds(5))
    }
  }
}
