import ClusterAPI
import Foundation
import Kubernetes
import Testing

@testable import Plugin

@Suite("promote")
struct PromotionTests {
  private let now = Date(timeIntervalSince1970: 1_790_000_000.25)

  private func cluster(_ status: JSON) throws -> Cluster {
    let cluster: JSON = [
      "metadata": ["name": "demo", "namespace": "db", "resourceVersion": "7"], "spec": ["instances": 3],
      "status": status,
    ]
    return try cluster.decoded(as: Cluster.self)
  }

  @Test("writes the target, when, the phase with its reason, and that the cluster is not ready for now")
  func change() throws {
    let cluster = try cluster([
      "currentPrimary": "demo-1", "targetPrimary": "demo-1",
      "conditions": [
        [
          "type": "Ready", "status": "True", "reason": "ClusterIsReady", "message": "Cluster is Ready",
          "lastTransitionTime": "2026-01-01T00:00:00Z",
        ],
        [
          "type": "Initialized", "status": "True", "reason": "BootstrapCompleted", "message": "m",
          "lastTransitionTime": "2026-01-01T00:00:00Z",
        ],
      ],
    ])
    guard case .change(let status) = try Promotion(of: "demo-2", in: cluster, now: now) else {
      Issue.record("it changes something")
      return
    }
    #expect(status["targetPrimary"] == "demo-2")
    #expect(status["targetPrimaryTimestamp"] == "2026-09-21T14:13:20.250000Z")
    #expect(status["phase"] == "Switchover in progress")
    #expect(status["phaseReason"] == "Switching over to demo-2")
    let conditions = try #require(status["conditions"]?.arrayValue)
    #expect(conditions.compactMap { $0["type"]?.stringValue } == ["Ready", "Initialized"])
    #expect(conditions[0]["status"] == "False")
    #expect(conditions[0]["reason"] == "ClusterIsNotReady")
    #expect(conditions[0]["lastTransitionTime"] == "2026-09-21T14:13:20Z")
    #expect(conditions[1]["status"] == "True")
    #expect(status.objectValue?.count == 5, "and nothing else")
  }

  @Test("leaves alone what is the primary, or is about to be")
  func unnecessary() throws {
    let settled = try cluster(["currentPrimary": "demo-1", "targetPrimary": "demo-1"])
    #expect(
      try Promotion(of: "demo-1", in: settled, now: now)
        == .unnecessary("demo-1 is already the primary node in the cluster"))
    let underWay = try cluster(["currentPrimary": "demo-1", "targetPrimary": "demo-2"])
    #expect(
      try Promotion(of: "demo-2", in: underWay, now: now)
        == .unnecessary("demo-2 is already the primary node in the cluster, as soon as demo-1 has handed over"))
    guard case .change = try Promotion(of: "demo-1", in: underWay, now: now) else {
      Issue.record("a switchover under way can be taken back")
      return
    }
  }

  @Test("needs a primary that can hand over")
  func notInitialized() throws {
    let error = #expect(throws: ClusterProblem.self) {
      try Promotion(of: "demo-2", in: cluster(["targetPrimary": "demo-1"]), now: now)
    }
    #expect("\(try #require(error))".hasPrefix("cluster demo has no primary yet that could hand over: "))
  }

  @Test(
    "An instance is meant by its number or by its name",
    arguments: [("2", "demo-2"), ("demo-2", "demo-2"), ("pod", "pod"), ("2a", "2a"), ("", ""), ("+2", "+2")])
  func instance(_ argument: String, _ instance: String) {
    #expect(ClusterReference("demo", in: "db").instance(argument) == instance)
  }
}
