import Foundation
import Kubernetes
import Testing

@testable import LocalCluster

@Suite("Admission")
struct AdmissionTests {
  private func webhook(_ rule: JSON, selector: JSON = [:]) throws -> AdmissionWebhook {
    let configuration: JSON = [
      "name": "v.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None", "clientConfig": [:],
      "rules": [rule], "objectSelector": selector,
    ]
    return AdmissionWebhook(try configuration.decoded(as: ValidatingWebhook.self))
  }

  private let rule: JSON = [
    "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"], "operations": ["CREATE", "UPDATE"],
  ]

  private func concerns(
    _ webhook: AdmissionWebhook, _ type: ResourceType = ConfigMap.resource,
    _ operation: AdmissionWebhook.Operation = .create, subresource: String? = nil, labels: JSON = [:]
  ) -> Bool {
    webhook.concerns(
      type, subresource: subresource, operation: operation, object: ["metadata": ["labels": labels]], old: nil,
      namespaceLabels: [:])
  }

  @Test("asks a webhook about what its rules name")
  func rules() throws {
    #expect(concerns(try webhook(rule)))
    #expect(concerns(try webhook(rule), .init(kind: "Secret", plural: "secrets")) == false)
    #expect(concerns(try webhook(rule), ConfigMap.resource, .delete) == false)
    #expect(concerns(try webhook(rule), subresource: "status") == false)
    var any = rule
    any["resources"] = ["*/*"]
    #expect(concerns(try webhook(any), subresource: "status"))
    // Its own configuration stays repairable.
    any["apiGroups"] = ["*"]
    #expect(concerns(try webhook(any), ValidatingWebhookConfiguration.resource) == false)
  }

  @Test("asks only about objects that the webhook selects")
  func selectors() throws {
    let selecting = try webhook(rule, selector: ["matchLabels": ["a": "b"]])
    #expect(concerns(selecting, labels: ["a": "b"]))
    #expect(!concerns(selecting))
  }

  @Test("refuses in the webhook's words, and not at all on answers that are none")
  func answers() throws {
    let answer: JSON = [
      "response": ["uid": "u", "allowed": false, "status": ["message": "no", "code": 422, "reason": "Invalid"]]
    ]
    let refusal = WebhookReview.refusal(
      try WebhookReview.answer(answer.serialized(), uid: "u"), webhook: "v.example.com")
    #expect(refusal.message == #"admission webhook "v.example.com" denied the request: no"#)
    #expect(refusal.code == 422)
    #expect(throws: WebhookReview.Malformed.self) { try WebhookReview.answer(answer.serialized(), uid: "other") }
    #expect(throws: WebhookReview.Malformed.self) { try WebhookReview.answer(Array("{}".utf8), uid: "u") }
    #expect(throws: WebhookReview.Malformed.self) { try WebhookReview.answer([], uid: "u") }
  }

  @Test("gives services addresses from the range, none twice, and the wanted one if it is free")
  func addresses() async throws {
    try await withStore { store, _ in
      let range = try #require(ServiceAddresses.Range("10.0.0.0/28"))
      let addresses = ServiceAddresses(range: range, store: store)
      #expect(addresses.first == "10.0.0.1")
      var given: [String] = []
      for number in 0..<11 { given.append(try await addresses.take(nil, for: "u\(number)", service: "s")) }
      #expect(Set(given).count == 11)
      #expect(given.allSatisfy { ServiceAddresses.Range.number($0).map(range.contains) ?? false })
      await #expect(throws: StatusError.self) { try await addresses.take(nil, for: "v", service: "s") }
      await #expect(throws: StatusError.self) { try await addresses.take(given[0], for: "v", service: "s") }
      await #expect(throws: StatusError.self) { try await addresses.take("10.0.1.1", for: "v", service: "s") }
      #expect(try await addresses.take("10.0.0.2", for: "v", service: "s") == "10.0.0.2")
      for text in ["10.0.0.0", "10.0.0/24", "a/24", "10.0.0.0/33", ""] { #expect(ServiceAddresses.Range(text) == nil) }
    }
  }
}
