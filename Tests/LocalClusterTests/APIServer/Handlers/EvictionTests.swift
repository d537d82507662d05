import Foundation
import Kubernetes
import Testing

@testable import LocalCluster

@Suite("The eviction of a pod", .timeLimit(.minutes(1)))
struct EvictionTests {
  private let pods = "/api/v1/namespaces/default/pods"

  private func budget(_ allowed: Int, healthy: Int = 3, desired: Int = 2, policy: String? = nil, seen: Int = 1)
    -> PodDisruptionBudget
  {
    .named("b", in: "default") {
      $0.metadata.generation = 1
      $0.spec = .with {
        $0.minAvailable = .int(desired)
        $0.selector = LabelSelector(["app": "web"])
        $0.unhealthyPodEvictionPolicy = policy
      }
      $0.status = .with {
        ($0.disruptionsAllowed, $0.currentHealthy, $0.desiredHealthy) = (allowed, healthy, desired)
        ($0.expectedPods, $0.observedGeneration) = (healthy, seen)
      }
    }
  }

  private func decision(ready: Bool, _ budget: PodDisruptionBudget) -> EvictionDecision {
    var pod = Fixture.pod("p", on: "a")
    pod.status?.conditions = [.with { ($0.type, $0.status) = ("Ready", ready ? "True" : "False") }]
    return EvictionDecision(of: pod, budget)
  }

  @Test("takes from a budget that has something left, and is refused by one that has not or is not up to date")
  func decisions() {
    #expect(decision(ready: true, budget(1)) == .spends)
    #expect(
      decision(ready: true, budget(0, healthy: 2))
        == .refused("The disruption budget b needs 2 healthy pods and has 2 currently"))
    #expect(decision(ready: true, budget(1, seen: 0)) == .tooSoon)
  }

  @Test("costs nothing where the pod is not ready and enough others are, or the budget does not protect such pods")
  func unhealthy() {
    #expect(decision(ready: false, budget(0, healthy: 2)) == .free)
    #expect(decision(ready: false, budget(0, healthy: 1)) != .free)
    #expect(decision(ready: false, budget(0, healthy: 1, policy: "AlwaysAllow")) == .free)
    #expect(decision(ready: true, budget(0, healthy: 1, policy: "AlwaysAllow")) != .free)
  }

  /// Pods with the label that the budget selects, running and ready on a node, and the budget.
  private func prepare(_ test: TestServer, _ names: [String], phase: String = "Running", allowed: Int) async throws {
    for name in names {
      let pod: JSON = [
        "metadata": ["name": .string(name), "labels": ["app": "web"]],
        "spec": ["nodeName": "n", "containers": [["name": "c", "image": "i"]]],
      ]
      #expect(try await test.send("POST", pods, pod).status == 201)
      let status: JSON = [
        "status": ["phase": .string(phase), "conditions": [["type": "Ready", "status": "True"]]]
      ]
      #expect(
        try await test.send("PATCH", "\(pods)/\(name)/status", status, type: "application/merge-patch+json").status
          == 200)
    }
    let budget = try JSON(encoding: budget(allowed))
    #expect(
      try await test.send("POST", "/apis/policy/v1/namespaces/default/poddisruptionbudgets", budget).status == 201)
    let written = try await test.send(
      "PATCH", "/apis/policy/v1/namespaces/default/poddisruptionbudgets/b/status",
      ["status": budget["status"] ?? [:]], type: "application/merge-patch+json")
    #expect(written.status == 200, "\(written.text)")
  }

  private func evict(_ test: TestServer, _ name: String, options: JSON = [:]) async throws -> TestServer.Answer {
    try await test.send(
      "POST", "\(pods)/\(name)/eviction",
      [
        "apiVersion": "policy/v1", "kind": "Eviction", "metadata": ["name": .string(name), "namespace": "default"],
        "deleteOptions": options,
      ])
  }

  @Test("at the same time as many others lets as many go as the budget allows")
  func together() async throws {
    try await TestServer.with { test in
      let names = (0..<8).map { "p\($0)" }
      try await prepare(test, names, allowed: 2)
      let codes = try await withThrowingTaskGroup(of: Int.self) { group in
        for name in names { group.addTask { try await evict(test, name).status } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(codes.sorted() == [201, 201, 429, 429, 429, 429, 429, 429])
      let going = try await test.client.list(Pod.self, in: "default").items.filter(\.isBeingDeleted).map(\.name)
      #expect(going.count == 2)
      let status = try await test.client.get(PodDisruptionBudget.self, "b", in: "default").status
      #expect(status?.disruptionsAllowed == 0)
      #expect(Set(status?.disruptedPods?.keys ?? [:].keys) == Set(going))
    }
  }

  @Test("as a dry run says what would happen, and changes neither pod nor budget")
  func dryRun() async throws {
    try await TestServer.with { test in
      try await prepare(test, ["p"], allowed: 1)
      let before = test.store.revision
      #expect(try await evict(test, "p", options: ["dryRun": ["All"]]).status == 201)
      #expect(try await evict(test, "p", options: ["dryRun": "All"]).status == 400)
      #expect(test.store.revision == before)
      #expect(try await evict(test, "p").status == 201)
      #expect(try await evict(test, "none").status == 404)
    }
  }

  @Test("that has ended or has not begun asks no budget", arguments: ["Succeeded", "Failed", "Pending"])
  func unprotected(phase: String) async throws {
    try await TestServer.with { test in
      try await prepare(test, ["p"], phase: phase, allowed: 0)
      #expect(try await evict(test, "p").status == 201)
    }
  }

  @Test("that two budgets protect is refused, as in Kubernetes")
  func twoBudgets() async throws {
    try await TestServer.with { test in
      try await prepare(test, ["p"], allowed: 1)
      let second = PodDisruptionBudget.named("c", in: "default") { $0.spec = budget(1).spec }
      _ = try await test.client.create(second)
      let answer = try await evict(test, "p")
      #expect(answer.status == 500)
      #expect(answer.message.contains("more than one PodDisruptionBudget"))
    }
  }
}
