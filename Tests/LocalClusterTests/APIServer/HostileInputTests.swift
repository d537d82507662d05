import Foundation
import Kubernetes
import Testing

@testable import LocalCluster

@Suite("Input that nobody sends by mistake", .timeLimit(.minutes(1)))
struct HostileInputTests {
  private let maps = "/api/v1/namespaces/default/configmaps"
  private let merge = "application/merge-patch+json"

  @Test("of wrong types in metadata is refused, and nothing is let through beside it")
  func metadata() async throws {
    try await TestServer.with { test in
      for (metadata, field) in [
        (["labels": ["a": 1]], "metadata.labels.a"), (["annotations": ["a": true]], "metadata.annotations.a"),
        (["labels": "a"], "metadata.labels"), (["finalizers": ["a/b", "a/b"]], "metadata.finalizers[1]"),
        (["ownerReferences": [["name": "x"]]], "metadata.ownerReferences[0].uid"),
      ] as [(JSON, String)] {
        var object: JSON = ["metadata": metadata]
        object[path: ["metadata", "name"]] = "a"
        let answer = try await test.send("POST", maps, object)
        #expect(answer.status == 422, "\(metadata)")
        #expect(answer.message.contains(field), "\(answer.message)")
      }
      let claims = "/api/v1/namespaces/default/persistentvolumeclaims"
      let claim: JSON = [
        "metadata": ["name": "x"],
        "spec": ["accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]]],
      ]
      #expect(try await test.send("POST", claims, claim).status == 201)
      let patch: JSON = ["metadata": ["labels": ["a": 1]], "spec": ["accessModes": ["ReadOnlyMany"]]]
      #expect(try await test.send("PATCH", "\(claims)/x", patch, type: merge).status == 422)
      let kept = try await test.send("GET", "\(claims)/x").json
      #expect(kept[path: ["spec", "accessModes"]] == ["ReadWriteOnce"])
      #expect(kept[path: ["metadata", "labels"]] == nil)
    }
  }

  @Test("in DeleteOptions deletes nothing")
  func deleteOptions() async throws {
    try await TestServer.with { test in
      _ = try await test.client.create(ConfigMap.named("a", in: "default"))
      for body in [
        ["dryRun": "All"], ["dryRun": ["Some"]], ["preconditions": "uid"], ["preconditions": ["uid": 7]],
        ["gracePeriodSeconds": "0"], ["orphanDependents": "no"], ["propagationPolicy": 1], [1],
      ] as [JSON] {
        let answer = try await test.send("DELETE", "\(maps)/a", body)
        #expect(answer.status == 400, "\(body): \(answer.text)")
      }
      #expect(try await test.client.find(ConfigMap.self, "a", in: "default") != nil)
      #expect(try await test.send("DELETE", "\(maps)/a", ["preconditions": ["uid": "other"]]).status == 409)
      #expect(try await test.send("DELETE", "\(maps)/a", ["preconditions": .null, "dryRun": []]).status == 200)
    }
  }

  @Test("of a few aliases that stand for billions of values is refused at once")
  func aliases() async throws {
    try await TestServer.with { test in
      func bomb(_ levels: Int, _ first: String) -> String {
        var text = "x0: &x0 \(first)\n"
        for level in 1...levels {
          let many = Array(repeating: "*x\(level - 1)", count: 10).joined(separator: ", ")
          text += "x\(level): &x\(level) [\(many)]\n"
        }
        return text + "metadata: {name: a}\n"
      }
      for text in [bomb(10, "1"), bomb(5, String(repeating: "x", count: 10_000)), bomb(9, "1") + "? *x9\n: 1\n"] {
        let answer = try await test.send("POST", maps, text, type: "application/yaml")
        #expect(answer.status == 400)
        #expect(answer.message.contains("error parsing YAML"), "\(answer.message)")
      }
      let nested = String(repeating: "[", count: 900)
      #expect(try await test.send("POST", maps, "data: \(nested)", type: "application/yaml").status == 400)
      let plain = "metadata: {name: a, labels: &l {a: b}, annotations: *l}\ndata: {q: 'x?[0] * &a: b'}\n"
      let answer = try await test.send("POST", maps, plain, type: "application/yaml")
      #expect(answer.status == 201, "\(answer.text)")
      #expect(answer.json[path: ["metadata", "annotations"]] == ["a": "b"])
      // kubectl sends JSON under YAML's name, with any text in it.
      let json: JSON = ["metadata": ["name": "b"], "data": ["code": "f( &x, y ? z : *p ); {}: []: *p: ? "]]
      let read = try await test.send(
        "POST", maps, String(decoding: json.serialized(), as: UTF8.self), type: "application/yaml")
      #expect(read.json["data"] == json["data"], "\(read.text)")
    }
  }

  @Test("of forty thousand unknown fields is answered soon and shortly")
  func unknownFields() async throws {
    try await TestServer.with { test in
      let fields = (0..<40_000).map { "\"unknown\($0)\":1" }.joined(separator: ",")
      let body = "{\"metadata\":{\"name\":\"a\"},\(fields)}"
      let warned = try await test.send("POST", maps, body)
      #expect(warned.status == 201)
      #expect(warned.warnings.joined().utf8.count < 8192)
      #expect(warned.warnings.contains { $0.contains("unknown field") })
      #expect(warned.warnings.last?.contains("more") ?? false)
      let strict = try await test.send("POST", "\(maps)?fieldValidation=Strict", body)
      #expect(strict.status == 400)
      #expect(strict.text.utf8.count < 16_384)
      #expect(strict.message.hasSuffix("and 39900 more"))
    }
  }

  @Test("with numbers beyond all measure is refused, or does no harm")
  func numbers() async throws {
    try await TestServer.with { test in
      let most = Int64.max
      let template: JSON = [
        "metadata": ["labels": ["a": "b"]], "spec": ["containers": [["name": "c", "image": "i"]]],
      ]
      let selector: JSON = ["matchLabels": ["a": "b"]]
      var work = template
      work[path: ["spec", "restartPolicy"]] = "Never"
      func refused(_ path: String, _ spec: JSON, _ field: String) async throws {
        let answer = try await test.send("POST", path, ["metadata": ["name": "a"], "spec": spec])
        #expect(answer.status == 422, "\(path): \(answer.text.prefix(200))")
        #expect(answer.message.contains("spec.\(field)"), "\(answer.message)")
      }
      let apps = "/apis/apps/v1/namespaces/default"
      let budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
      for number in [most, -1, Int64.min] as [Int64] {
        try await refused(
          "\(apps)/deployments", ["replicas": .int(number), "selector": selector, "template": template], "replicas")
        try await refused(
          "\(apps)/replicasets", ["replicas": .int(number), "selector": selector, "template": template], "replicas")
        try await refused(
          "\(apps)/deployments",
          [
            "selector": selector, "template": template,
            "strategy": ["rollingUpdate": ["maxSurge": .int(number)]],
          ], "strategy.rollingUpdate.maxSurge")
        try await refused(budgets, ["selector": selector, "maxUnavailable": .int(number)], "maxUnavailable")
        try await refused(budgets, ["selector": selector, "minAvailable": .int(number)], "minAvailable")
        try await refused(
          "/apis/batch/v1/namespaces/default/jobs", ["template": work, "backoffLimit": .int(number)], "backoffLimit")
        try await refused(
          "/api/v1/namespaces/default/pods",
          ["containers": [["name": "c", "image": "i"]], "terminationGracePeriodSeconds": .int(number)],
          "terminationGracePeriodSeconds")
      }
      let watch = try await test.send("GET", "\(maps)?watch=1&timeoutSeconds=1&resourceVersion=\(most)")
      #expect(watch.text.contains("too old resource version"))
      #expect(try await test.send("GET", "\(maps)?limit=\(most)").status == 200)
      for text in ["9223372036854775808", "-1", "soon"] {
        #expect(try await test.send("GET", "\(maps)?watch=1&timeoutSeconds=\(text)").status == 400)
      }
      // A watch for ever goes on until its client has enough.
      let start = try await test.client.list(ConfigMap.self, in: "default").resourceVersion
      async let event = {
        for try await event in try await test.client.streamLines(
          path: "\(maps)?watch=1&timeoutSeconds=\(most)&resourceVersion=\(start)")
        {
          return String(decoding: event, as: UTF8.self)
        }
        return ""
      }()
      _ = try await test.client.create(ConfigMap.named("seen", in: "default"))
      #expect(try await event.contains("ADDED"))
    }
  }

  @Test("in dryRun writes nothing")
  func dryRun() async throws {
    try await TestServer.with { test in
      let object = try await test.client.create(ConfigMap.named("a", in: "default"))
      let before = test.store.revision
      for text in ["Some", "true", "all"] {
        let query = "?dryRun=\(text)"
        let changed: JSON = [
          "metadata": ["name": "a", "resourceVersion": .string(object.metadata.resourceVersion ?? "")]
        ]
        for (method, path, type) in [
          ("PUT", "\(maps)/a", "application/json"), ("PATCH", "\(maps)/a", merge), ("POST", maps, "application/json"),
          ("DELETE", "\(maps)/a", "application/json"),
        ] {
          let body: JSON = method == "DELETE" ? [:] : method == "POST" ? ["metadata": ["name": "b"]] : changed
          #expect(try await test.send(method, path + query, body, type: type).status == 400, "\(method)")
        }
      }
      #expect(test.store.revision == before)
    }
  }
}
