import Kubernetes
import Testing

@testable import LocalCluster

@Suite("The garbage collector")
struct DependencyGraphTests {
  private func object(
    _ uid: String, owners: [String] = [], namespace: String? = "demo", finalizers: [String] = [], deleted: Bool = false,
    blocking: Bool = true
  ) -> GraphObject {
    GraphObject(
      uid: uid, location: ObjectLocation(resource: ConfigMap.resource, namespace: namespace, name: uid),
      owners: owners.map { owner in
        .with {
          $0.apiVersion = "v1"
          $0.kind = "ConfigMap"
          $0.name = owner
          $0.uid = owner
          $0.blockOwnerDeletion = blocking
        }
      }, finalizers: finalizers, isBeingDeleted: deleted)
  }

  @Test("leaves objects without owners and objects with a living owner alone")
  func living() {
    var graph = DependencyGraph()
    #expect(graph.apply(object("owner")) == ["owner"])
    #expect(graph.apply(object("child", owners: ["owner"])) == ["child"])
    #expect(graph.decide("owner") == .nothing)
    #expect(graph.decide("child") == .nothing)
    #expect(graph.apply(object("child", owners: ["owner"])) == [])
  }

  @Test("asks before it deletes an object whose owner it has never seen")
  func unknownOwner() {
    var graph = DependencyGraph()
    _ = graph.apply(object("child", owners: ["stranger"]))
    guard case .verify(let references) = graph.decide("child") else {
      Issue.record("expected a question")
      return
    }
    #expect(references.map(\.uid) == ["stranger"])
    graph.confirmAbsent("stranger")
    #expect(graph.decide("child") == .delete(propagation: "Background"))
    // An owner that turns up after all is alive.
    _ = graph.apply(object("stranger"))
    #expect(graph.decide("child") == .nothing)
  }

  @Test("deletes what a deleted owner leaves behind, generation by generation")
  func cascade() {
    var graph = DependencyGraph()
    for item in [object("a"), object("b", owners: ["a"]), object("c", owners: ["b"])] { _ = graph.apply(item) }
    #expect(graph.remove("a") == ["b"])
    #expect(graph.decide("b") == .delete(propagation: "Background"))
    #expect(graph.decide("c") == .nothing)
    #expect(graph.remove("b") == ["c"])
    #expect(graph.decide("c") == .delete(propagation: "Background"))
  }

  @Test("only takes the reference out where another owner lives")
  func twoOwners() {
    var graph = DependencyGraph()
    for item in [object("a"), object("b"), object("child", owners: ["a", "b"])] { _ = graph.apply(item) }
    _ = graph.remove("a")
    #expect(graph.decide("child") == .removeOwners(["a"]))
  }

  @Test("in the foreground deletes dependents first and then lets the owner go")
  func foreground() {
    var graph = DependencyGraph()
    _ = graph.apply(object("a"))
    _ = graph.apply(object("b", owners: ["a"]))
    let affected = graph.apply(object("a", finalizers: [GraphObject.foreground], deleted: true))
    #expect(affected == ["a", "b"])
    #expect(graph.decide("a") == .waitForDependents(["b"]))
    #expect(graph.decide("b") == .delete(propagation: "Background"))
    #expect(graph.remove("b") == ["a"])
    #expect(graph.decide("a") == .finishForeground)
  }

  @Test("in the foreground goes through all generations")
  func foregroundOfGenerations() {
    var graph = DependencyGraph()
    _ = graph.apply(object("a", finalizers: [GraphObject.foreground], deleted: true))
    _ = graph.apply(object("b", owners: ["a"]))
    _ = graph.apply(object("c", owners: ["b"]))
    #expect(graph.decide("b") == .delete(propagation: "Foreground"))
  }

  @Test("in the foreground does not wait for dependents that do not block")
  func notBlocking() {
    var graph = DependencyGraph()
    _ = graph.apply(object("a", finalizers: [GraphObject.foreground], deleted: true))
    _ = graph.apply(object("b", owners: ["a"], blocking: false))
    #expect(graph.decide("a") == .finishForeground)
  }

  @Test("orphans dependents on request")
  func orphans() {
    var graph = DependencyGraph()
    _ = graph.apply(object("a", finalizers: [GraphObject.orphan], deleted: true))
    let child = object("b", owners: ["a"])
    _ = graph.apply(child)
    #expect(graph.decide("a") == .orphan([child]))
  }

  @Test("takes an owner in another namespace for absent, and keeps cluster-wide objects with a namespaced owner")
  func namespaces() {
    var graph = DependencyGraph()
    _ = graph.apply(object("a", namespace: "one"))
    _ = graph.apply(object("b", owners: ["a"], namespace: "two"))
    _ = graph.apply(object("c", owners: ["a"], namespace: nil))
    #expect(graph.decide("b") == .delete(propagation: "Background"))
    #expect(graph.decide("c") == .nothing)
  }
}
