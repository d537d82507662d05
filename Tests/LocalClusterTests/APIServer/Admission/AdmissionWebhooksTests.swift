import Foundation
import Kubernetes
import Testing

@testable import LocalCluster

@Suite("The webhooks that are asked")
struct AdmissionWebhooksTests {
  @Test("follow every change of the configurations")
  func changes() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "webhooks-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try await Store(path: folder.appending(path: "store.sqlite").path)
    let webhooks = AdmissionWebhooks(store: store)
    #expect(webhooks.validating.isEmpty && webhooks.mutating.isEmpty)

    let key = StoreKey("validatingwebhookconfigurations.admissionregistration.k8s.io", name: "a")
    func value(_ name: String) -> JSON {
      [
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": ["name": "a"],
        "webhooks": [
          [
            "name": .string(name), "clientConfig": ["url": "https://x"], "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
          ]
        ],
      ]
    }
    let first = try await store.create(key, value("one.example.com"))
    #expect(webhooks.validating.map(\.name) == ["one.example.com"])
    #expect(webhooks.validating.map(\.name) == ["one.example.com"])
    #expect(webhooks.mutating.isEmpty)
    let second = try await store.update(key, value("two.example.com"), ifRevision: first.revision)
    #expect(webhooks.validating.map(\.name) == ["two.example.com"])
    _ = try await store.delete(key, last: second.value(), ifRevision: second.revision)
    #expect(webhooks.validating.isEmpty)
    try store.close()
  }
}
