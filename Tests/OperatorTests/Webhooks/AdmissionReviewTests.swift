import ClusterAPI
import Foundation
import Kubernetes
import Testing

@testable import Operator

@Suite("The answer to an admission review")
struct AdmissionReviewTests {
  private let reviewer = AdmissionReviewer(
    settings: OperatorSettings(values: ["POSTGRES_IMAGE_NAME": "postgresql:15.3"]))

  private func review(_ object: JSON, old: JSON = .null) -> JSON {
    [
      "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
      "request": [
        "uid": "42", "name": "demo", "operation": old.isNull ? "CREATE" : "UPDATE",
        "kind": ["group": "postgresql.cnpg.io", "version": "v1", "kind": "Cluster"], "object": object, "oldObject": old,
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

  @Test("what is no admission review gets no answer")
  func noReview() {
    #expect(reviewer.answer(["kind": "Pod"], path: "/validate-x") == nil)
    #expect(reviewer.answer(.null, path: "/mutate-x") == nil)
  }
}
