import ClusterAPI
import Foundation
import Kubernetes
import Testing

@testable import Operator

@Suite("The answer to an admission review")
struct AdmissionReviewTests {
  private let reviewer = AdmissionReviewer(
    settings: OperatorSettings(values: ["POSTGRES_IMAGE_NAME": "postgresql:15.3"]))

  private func review(_ object: JSON, old: JSON = .null, kind: String = "Cluster") -> JSON {
    [
      "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
      "request": [
        "uid": "42", "name": "demo", "operation": old.isNull ? "CREATE" : "UPDATE",
        "kind": ["group": "postgresql.cnpg.io", "version": "v1", "kind": .string(kind)], "object": object,
        "oldObject": old,
      ],
    ]
  }

  private func cluster(_ spec: JSON) -> JSON {
    [
      "apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "metadata": ["name": "demo", "namespace": "demo"],
      "spec": spec,
    ]
  }

  @Test("a new Cluster gets the operator's image, a database and default parameters; unknown members stay")
  func mutation() throws {
    let object = cluster(["instances": 1, "storage": ["size": "1Gi"], "unheardOf": 1])
    let answer = try #require(reviewer.answer(review(object), path: "/mutate-postgresql-cnpg-io-v1-cluster"))
    #expect(answer[path: ["response", "allowed"]] == true)
    let patch = try #require(answer[path: ["response", "patch"]]?.stringValue.flatMap { Data(base64Encoded: $0) })
    let changed = try JSONPatch.apply(JSON(parsing: patch), to: object)
    #expect(changed[path: ["spec", "imageName"]] == "postgresql:15.3")
    #expect(changed[path: ["spec", "bootstrap", "initdb", "owner"]] == "app")
    #expect(changed[path: ["spec", "postgresql", "parameters", "wal_level"]] == "logical")
    #expect(changed[path: ["spec", "unheardOf"]] == 1)
  }

  @Test("a Cluster that breaks a rule is refused with all its errors, and says which fields")
  func refusal() throws {
    let object = cluster([
      "instances": 1, "maxSyncReplicas": 1, "storage": ["size": "1Gi"],
      "postgresql": ["parameters": ["port": "5433"]],
    ])
    let answer = try #require(reviewer.answer(review(object), path: "/validate-postgresql-cnpg-io-v1-cluster"))
    #expect(answer[path: ["response", "allowed"]] == false)
    let message = answer[path: ["response", "status", "message"]]?.stringValue ?? ""
    #expect(message.hasPrefix(#"Cluster.postgresql.cnpg.io "demo" is invalid: ["#))
    #expect(message.contains("maxSyncReplicas must be lower than the number of instances"))
    #expect(message.contains("Can't set fixed configuration parameter"))
    #expect(answer[path: ["response", "uid"]] == "42")
  }

  @Test("warnings come along with the permission")
  func warnings() throws {
    let object = cluster(["instances": 3, "storage": ["size": "1Gi"]])
    let answer = try #require(reviewer.answer(review(object), path: "/validate-postgresql-cnpg-io-v1-cluster"))
    #expect(answer[path: ["response", "allowed"]] == true)
    let warnings = answer[path: ["response", "warnings"]]?.arrayValue?.compactMap(\.stringValue) ?? []
    #expect(warnings.contains { $0.contains("no synchronous replication configured") })
  }

  @Test("an update is held against what was there")
  func update() throws {
    let old = cluster(["instances": 1, "storage": ["size": "2Gi"]])
    let new = cluster(["instances": 1, "storage": ["size": "1Gi"]])
    let answer = try #require(reviewer.answer(review(new, old: old), path: "/validate-postgresql-cnpg-io-v1-cluster"))
    let message = answer[path: ["response", "status", "message"]]?.stringValue ?? ""
    #expect(message.contains("can't shrink existing storage from 2Gi to 1Gi"))
  }

  @Test("an object of the wrong shape is refused, not trapped on")
  func wrongShape() throws {
    let object = cluster(["instances": "three"])
    let answer = try #require(reviewer.answer(review(object), path: "/validate-postgresql-cnpg-io-v1-cluster"))
    #expect(answer[path: ["response", "allowed"]] == false)
    #expect(answer[path: ["response", "status", "message"]]?.stringValue?.contains("spec.instances") == true)
  }

  @Test("an object that was stored in another shape can be updated to one that is right")
  func oldWrongShape() throws {
    let old = cluster(["instances": "three"])
    let new = cluster(["instances": 1, "storage": ["size": "1Gi"]])
    let answer = try #require(reviewer.answer(review(new, old: old), path: "/validate-postgresql-cnpg-io-v1-cluster"))
    #expect(answer[path: ["response", "allowed"]] == true)
  }

  @Test("a patch for the pods is tried on the pod that the operator would make")
  func podPatch() throws {
    func allowed(_ path: String) throws -> Bool? {
      var object = cluster(["instances": 1, "storage": ["size": "1Gi"], "imageName": "pg:15"])
      object[path: ["metadata", "annotations"]] = [
        Annotations.podPatch: .string(#"[{"op":"replace","path":"\#(path)","value":"x"}]"#)
      ]
      return try #require(reviewer.answer(review(object), path: "/validate-postgresql-cnpg-io-v1-cluster"))[
        path: ["response", "allowed"]]?.boolValue
    }
    #expect(try allowed("/spec/containers/0/name") == true)
    #expect(try allowed("/spec/containers/1/name") == false)
  }

  @Test("a kind that nothing comes of yet is allowed, with a word", arguments: WebhookEndpoint.schemaOnly.map(\.kind))
  func otherKinds(kind: String) throws {
    let object: JSON = ["metadata": ["name": "x"], "spec": [:]]
    let answer = try #require(reviewer.answer(review(object, kind: kind), path: "/validate-x"))
    #expect(answer[path: ["response", "allowed"]] == true)
    #expect(answer[path: ["response", "warnings"]]?.arrayValue?.count == 1)
  }

  @Test("what is no admission review gets no answer")
  func noReview() {
    #expect(reviewer.answer(["kind": "Pod"], path: "/validate-x") == nil)
    #expect(reviewer.answer(.null, path: "/mutate-x") == nil)
  }
}
