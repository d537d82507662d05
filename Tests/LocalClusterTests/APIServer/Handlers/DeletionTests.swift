import Kubernetes
import Testing

@testable import LocalCluster

@Suite("The deletion of an object")
struct DeletionTests {
  private let pods = BuiltInResources.all.first { $0.storeName == "pods" }
  private let maps = BuiltInResources.all.first { $0.storeName == "configmaps" }

  private func step(_ object: JSON, _ options: JSON, _ resource: ResourceDefinition?) throws -> Deletion.Step {
    Deletion.step(
      object, try DeletionOptions(body: options) { _ in nil }, resource: try #require(resource), now: "now")
  }

  @Test("removes what nothing keeps")
  func atOnce() throws {
    guard case .remove = try step(["metadata": ["name": "a"]], [:], maps) else {
      Issue.record("it is kept")
      return
    }
  }

  @Test("keeps it for its finalizers, and for those that the policy adds")
  func finalizers() throws {
    for (object, options) in [
      (["metadata": ["finalizers": ["a/b"]]], [:]), (["metadata": [:]], ["propagationPolicy": "Foreground"]),
      (["metadata": [:]], ["orphanDependents": true]),
    ] as [(JSON, JSON)] {
      guard case .mark(let marked) = try step(object, options, maps) else {
        Issue.record("it is removed: \(object) \(options)")
        continue
      }
      #expect(marked.deletionTimestamp == "now")
      #expect(marked.finalizers.count == 1)
      #expect(try step(marked, options, maps) == .nothing)
    }
  }

  @Test("gives a pod on a node its grace period, which a second deletion only shortens")
  func grace() throws {
    let pod: JSON = ["metadata": [:], "spec": ["nodeName": "n", "terminationGracePeriodSeconds": 60]]
    guard case .mark(let marked) = try step(pod, [:], pods) else {
      Issue.record("it is removed")
      return
    }
    #expect(marked[path: ["metadata", "deletionGracePeriodSeconds"]] == 60)
    #expect(try step(marked, ["gracePeriodSeconds": 90], pods) == .nothing)
    guard case .mark(let shorter) = try step(marked, ["gracePeriodSeconds": 5], pods) else {
      Issue.record("it is not shortened")
      return
    }
    #expect(shorter[path: ["metadata", "deletionGracePeriodSeconds"]] == 5)
    guard case .remove = try step(shorter, ["gracePeriodSeconds": 0], pods) else {
      Issue.record("it is kept")
      return
    }
  }

  @Test("refuses policies that do not exist")
  func policies() {
    #expect(throws: StatusError.self) { try DeletionOptions(body: ["propagationPolicy": "Sometimes"]) { _ in nil } }
  }
}
