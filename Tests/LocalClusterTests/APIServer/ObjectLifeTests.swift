import Foundation
import Kubernetes
import Testing

@testable import LocalCluster

/// Strict about times: a watch that delivers nothing would hang a test.
@Suite("An object's life over the API", .timeLimit(.minutes(1)))
struct ObjectLifeTests {
  private func map(_ name: String, _ data: [String: String] = [:]) -> ConfigMap {
    .named(name, in: "default") { $0.data = data }
  }

  @Test("a stale resourceVersion is refused and changes nothing")
  func stale() async throws {
    try await TestServer.with { test in
      let first = try await test.client.create(map("a", ["x": "1"]))
      var second = first
      second.data = ["x": "2"]
      _ = try await test.client.replace(second)
      var third = first
      third.data = ["x": "3"]
      await #expect { try await test.client.replace(third) } throws: { ($0 as? APIError)?.isConflict ?? false }
      #expect(try await test.client.get(ConfigMap.self, "a", in: "default").data == ["x": "2"])
    }
  }

  @Test("generateName gives each object a name of its own")
  func generatedNames() async throws {
    try await TestServer.with { test in
      var object = map("")
      object.metadata.name = nil
      object.metadata.generateName = "job-"
      let names = [try await test.client.create(object).name, try await test.client.create(object).name]
      #expect(Set(names).count == 2)
      #expect(names.allSatisfy { $0.hasPrefix("job-") && $0.count == 9 })
    }
  }

  @Test("a finalizer keeps an object until it is taken away, and no new one may come")
  func finalizers() async throws {
    try await TestServer.with { test in
      var object = map("a")
      object.metadata.finalizers = ["example.com/mine"]
      _ = try await test.client.create(object)
      try await test.client.delete(ConfigMap.self, "a", in: "default")
      #expect(try await test.client.get(ConfigMap.self, "a", in: "default").isBeingDeleted)
      func set(_ finalizers: JSON) async throws {
        _ = try await test.client.patch(
          ConfigMap.self, "a", in: "default", .merge(["metadata": ["finalizers": finalizers]]))
      }
      await #expect { try await set(["example.com/mine", "example.com/more"]) } throws: {
        ($0 as? APIError)?.message.contains("no new finalizers can be added") ?? false
      }
      try await set([])
      #expect(try await test.client.find(ConfigMap.self, "a", in: "default") == nil)
    }
  }

  @Test("a pod on a node stays until its node says it has stopped; others go at once")
  func gracefulDeletion() async throws {
    try await TestServer.with { test in
      let pod = { (name: String) in
        Pod.named(name, in: "default") { pod in
          pod.spec = .with {
            $0.containers = [
              .with {
                $0.name = "c"
                $0.image = "a:1"
              }
            ]
          }
        }
      }
      _ = try await test.client.create(pod("waiting"))
      try await test.client.delete(Pod.self, "waiting", in: "default")
      #expect(try await test.client.find(Pod.self, "waiting", in: "default") == nil)
      _ = try await test.client.create(pod("running"))
      let binding: JSON = ["target": ["kind": "Node", "name": "n1"]]
      #expect(
        try await test.refusal("POST", "/api/v1/namespaces/default/pods/running/binding", body: binding.text) == nil)
      #expect(
        try await test.refusal("POST", "/api/v1/namespaces/default/pods/running/binding", body: binding.text)?.status
          == 409)
      try await test.client.delete(Pod.self, "running", in: "default")
      let stopping = try await test.client.get(Pod.self, "running", in: "default")
      #expect(stopping.metadata.deletionGracePeriodSeconds == 30)
      try await test.client.delete(Pod.self, "running", in: "default", gracePeriod: 0)
      #expect(try await test.client.find(Pod.self, "running", in: "default") == nil)
    }
  }

  @Test("status and spec have writers of their own, and only spec counts generations")
  func status() async throws {
    try await TestServer.with { test in
      let claim = PersistentVolumeClaim.named("a", in: "default") { claim in
        claim.spec = .with {
          $0.accessModes = ["ReadWriteOnce"]
          $0.resources = .with { $0.requests = ["storage": Quantity(1 << 30, .binary)] }
        }
      }
      _ = try await test.client.create(claim)
      func patch(_ value: JSON, _ subresource: String?) async throws -> PersistentVolumeClaim {
        try await test.client.patch(
          PersistentVolumeClaim.self, "a", in: "default", .merge(value), subresource: subresource)
      }
      #expect(try await patch(["status": ["phase": "Bound"]], nil).status?.phase == "Pending")
      let bound = try await patch(
        ["status": ["phase": "Bound"], "spec": ["volumeName": "x"], "metadata": ["labels": ["a": "b"]]], "status")
      #expect(bound.status?.phase == "Bound")
      #expect(bound.spec?.volumeName == nil)
      #expect(bound.metadata.generation == 1)
      let larger = try await patch(["spec": ["resources": ["requests": ["storage": "2Gi"]]]], nil)
      #expect(larger.metadata.generation == 2)
      await #expect { _ = try await patch(["spec": ["accessModes": ["ReadOnlyMany"]]], nil) } throws: {
        ($0 as? APIError)?.message.contains("spec is immutable after creation") ?? false
      }
    }
  }

  @Test("a list comes in pages of one moment, whatever happens in between")
  func pages() async throws {
    try await TestServer.with { test in
      for name in ["a", "b", "c", "d"] { _ = try await test.client.create(map(name)) }
      func page(_ token: String) async throws -> JSON {
        let response = try await test.client.request(
          path: "/api/v1/namespaces/default/configmaps", query: [("limit", "2"), ("continue", token)])
        return try JSON(parsing: response.body)
      }
      let first = try await page("")
      #expect(first["items"]?.arrayValue?.map(\.objectName) == ["a", "b"])
      #expect(first[path: ["metadata", "remainingItemCount"]] == 2)
      try await test.client.delete(ConfigMap.self, "c", in: "default")
      let second = try await page(first[path: ["metadata", "continue"]]?.stringValue ?? "")
      #expect(second["items"]?.arrayValue?.map(\.objectName) == ["c", "d"])
      #expect(second[path: ["metadata", "resourceVersion"]] == first[path: ["metadata", "resourceVersion"]])
    }
  }

  @Test("a watch sees objects begin and cease to match, and says when the past is gone")
  func watching() async throws {
    try await TestServer.with { test in
      let start = try await test.client.list(ConfigMap.self, in: "default").resourceVersion
      var seen: [String] = []
      async let changes: Void = {
        var object = map("a")
        _ = try await test.client.create(object)
        for color in ["red", "blue"] {
          object = try await test.client.patch(
            ConfigMap.self, "a", in: "default", .merge(["metadata": ["labels": ["color": .string(color)]]]))
        }
      }()
      for try await event in test.client.watch(
        ConfigMap.self, in: "default", labels: "color=red", from: start)
      {
        switch event {
        case .added(let object): seen.append("added \(object.name)")
        case .modified(let object): seen.append("modified \(object.name)")
        case .deleted(let object): seen.append("deleted \(object.name)")
        default: continue
        }
        if seen.count == 2 { break }
      }
      try await changes
      #expect(seen == ["added a", "deleted a"])
      await #expect {
        for try await _ in test.client.watch(ConfigMap.self, in: "default", from: "999999999") {}
      } throws: {
        ($0 as? APIError)?.isGone ?? false
      }
    }
  }

  @Test("everything acknowledged is there when the server starts again, and clients trust it as before")
  func restart() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "matriarch-restart-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var kept = ConfigMap()
    var authority = ""
    try await TestServer.run(in: folder) { test in
      authority = test.pki.authorityPEM
      kept = try await test.client.create(map("kept", ["x": "y"]))
      _ = try await test.client.create(map("gone"))
      try await test.client.delete(ConfigMap.self, "gone", in: "default")
      var definition = try BodyParsing.object(
        Array(Fixtures.widgets.replacing("---", with: "").utf8), contentType: "application/yaml"
      ) { _ in }
      definition[path: ["metadata", "labels"]] = ["kept": "too"]
      #expect(
        try await test.refusal(
          "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", body: definition.text) == nil)
    }
    try await TestServer.run(in: folder) { test in
      #expect(test.pki.authorityPEM == authority)
      #expect(try await test.client.get(ConfigMap.self, "kept", in: "default") == kept)
      #expect(try await test.client.find(ConfigMap.self, "gone", in: "default") == nil)
      #expect(try await test.refusal("GET", "/apis/example.com/v1/widgets") == nil)
      let next = try await test.client.create(map("next"))
      #expect(Int(next.metadata.resourceVersion ?? "") ?? 0 > Int(kept.metadata.resourceVersion ?? "") ?? .max)
    }
  }
}
