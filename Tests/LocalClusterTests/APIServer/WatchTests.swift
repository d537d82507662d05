import Foundation
import Kubernetes
import Testing

@testable import LocalCluster

@Suite("A watch over the API", .timeLimit(.minutes(1)))
struct WatchTests {
  private let maps = "/api/v1/namespaces/default/configmaps"

  private func types(_ answer: TestServer.Answer) -> [String] { answer.lines.compactMap { $0["type"]?.stringValue } }

  @Test("is asked for as Go says it and as Python does")
  func flags() async throws {
    try await TestServer.with { test in
      _ = try await test.client.create(ConfigMap.named("a", in: "default"))
      for text in ["true", "1", "True", "TRUE"] {
        #expect(types(try await test.send("GET", "\(maps)?watch=\(text)&timeoutSeconds=1")) == ["ADDED"], "\(text)")
      }
      for text in ["false", "0", "False"] {
        let list = try await test.send("GET", "\(maps)?watch=\(text)")
        #expect(list.json["kind"] == "ConfigMapList", "\(text)")
      }
    }
  }

  @Test("ends with a bookmark for those who want one, from where the next goes on")
  func bookmarks() async throws {
    try await TestServer.with { test in
      _ = try await test.client.create(ConfigMap.named("a", in: "default"))
      let first = try await test.send("GET", "\(maps)?watch=1&timeoutSeconds=1&allowWatchBookmarks=True")
      #expect(types(first) == ["ADDED", "BOOKMARK"])
      let object = try #require(first.lines.last?["object"])
      #expect(object["kind"] == "ConfigMap")
      _ = try await test.client.create(ConfigMap.named("b", in: "default"))
      let second = try await test.send(
        "GET", "\(maps)?watch=1&timeoutSeconds=1&resourceVersion=\(object.objectRevision)")
      #expect(second.lines.compactMap { $0["object"]?.objectName } == ["b"])
    }
  }

  @Test("with initial events says where these end")
  func initialEvents() async throws {
    try await TestServer.with { test in
      _ = try await test.client.create(ConfigMap.named("a", in: "default"))
      let answer = try await test.send(
        "GET",
        "\(maps)?watch=1&timeoutSeconds=1&sendInitialEvents=true&allowWatchBookmarks=true"
          + "&resourceVersionMatch=NotOlderThan")
      #expect(types(answer) == ["ADDED", "BOOKMARK", "BOOKMARK"])
      let annotations = answer.lines.dropFirst().first?[path: ["object", "metadata", "annotations"]]
      #expect(annotations == ["k8s.io/initial-events-end": "true"])
    }
  }

  @Test("and a list select by the fields that Kubernetes selects by")
  func fieldSelectors() async throws {
    try await TestServer.with { test in
      let pods = "/api/v1/namespaces/default/pods"
      for (name, node) in ["a": "n1", "b": "n2"] as [String: JSON] {
        let pod: JSON = [
          "metadata": ["name": .string(name)],
          "spec": ["nodeName": node, "containers": [["name": "c", "image": "i"]]],
        ]
        #expect(try await test.send("POST", pods, pod).status == 201)
      }
      let running = try await test.send(
        "PATCH", "\(pods)/a/status", ["status": ["phase": "Running"]], type: "application/merge-patch+json")
      #expect(running.status == 200)
      func names(_ selector: String) async throws -> [String] {
        try await test.send("GET", "/api/v1/pods?fieldSelector=\(selector)").json["items"]?.arrayValue?
          .map(\.objectName) ?? []
      }
      #expect(try await names("spec.nodeName=n1") == ["a"])
      #expect(try await names("spec.nodeName!=n1") == ["b"])
      #expect(try await names("status.phase=Running") == ["a"])
      #expect(try await names("status.phase!=Running,spec.nodeName=n2,metadata.namespace=default") == ["b"])
      #expect(try await names("metadata.name=a,metadata.namespace=other") == [])
      let watched = try await test.send(
        "GET", "/api/v1/pods?watch=1&timeoutSeconds=1&fieldSelector=spec.nodeName%3Dn2")
      #expect(watched.lines.compactMap { $0["object"]?.objectName } == ["b"])
    }
  }
}
