import Foundation
import Kubernetes
import Testing

@testable import LocalCluster

@Suite("A CustomResourceDefinition", .timeLimit(.minutes(1)))
struct CustomResourceTests {
  private static let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
  private static let gadgets = "/apis/example.com/v1/namespaces/default/gadgets"
  private static let merge = "application/merge-patch+json"

  /// Gadgets with these versions, the schema of their `spec` and more of each version.
  private func definition(
    versions: [String] = ["v1"], storage: String = "v1", spec: JSON = ["type": "object"], more: [String: JSON] = [:]
  ) -> JSON {
    let schema: JSON = ["type": "object", "properties": ["spec": spec]]
    return [
      "metadata": ["name": "gadgets.example.com"],
      "spec": [
        "group": "example.com", "scope": "Namespaced", "names": ["plural": "gadgets", "kind": "Gadget"],
        "versions": .array(
          versions.map { version in
            .object(
              [
                "name": .string(version), "served": true, "storage": .bool(version == storage),
                "schema": ["openAPIV3Schema": schema],
              ].merging(more) { $1 })
          }),
      ],
    ]
  }

  @Test("is refused with all that is wrong, and serves nothing")
  func refused() async throws {
    try await TestServer.with { test in
      var wrong = definition(storage: "none")
      wrong[path: ["metadata", "name"]] = "other.example.com"
      wrong[path: ["spec", "group"]] = "nodots"
      let answer = try await test.send("POST", Self.definitions, wrong)
      #expect(answer.status == 422)
      for text in [
        "metadata.name: Invalid value", "must have exactly one version marked as storage version",
        "should be a domain with at least one dot",
      ] {
        #expect(answer.message.contains(text), "\(answer.message)")
      }
      #expect(try await test.send("GET", "/apis/nodots/v1/gadgets").status == 404)
      let broken: JSON = ["type": "object", "properties": ["n": ["type": "integer", "default": "many"]]]
      let defaults = try await test.send("POST", Self.definitions, definition(spec: broken))
      #expect(defaults.status == 422)
      #expect(defaults.message.contains("properties[n].default"), "\(defaults.message)")
    }
  }

  @Test("carries its finalizer once, and warns of what it asks for and will not get")
  func created() async throws {
    try await TestServer.with { test in
      let spec: JSON = [
        "type": "object",
        "properties": [
          "isbn": ["type": "string", "format": "isbn"],
          "n": [
            "type": "integer",
            "x-kubernetes-validations": [["rule": "self >= oldSelf.orValue(0)", "optionalOldSelf": true]],
          ],
        ],
      ]
      let answer = try await test.send("POST", Self.definitions, definition(spec: spec))
      #expect(answer.status == 201, "\(answer.text)")
      #expect(answer.json.finalizers == [CustomResourceDefinitionStrategy.cleanupFinalizer])
      #expect(answer.warnings.contains { $0.contains(#"the format \"isbn\" is not supported"#) }, "\(answer.warnings)")
      #expect(answer.warnings.contains { $0.contains("optionalOldSelf") }, "\(answer.warnings)")
    }
  }

  @Test("has rules about changes that hold for updates of every kind")
  func transitions() async throws {
    try await TestServer.with { test in
      let spec: JSON = [
        "type": "object",
        "properties": [
          "n": ["type": "integer"],
          "fixed": [
            "type": "string", "x-kubernetes-validations": [["rule": "self == oldSelf", "message": "fixed is fixed"]],
          ],
        ],
      ]
      _ = try await test.send("POST", Self.definitions, definition(spec: spec))
      let made = try await test.send(
        "POST", Self.gadgets, ["metadata": ["name": "a"], "spec": ["fixed": "x", "n": 1]])
      #expect(made.status == 201, "\(made.text)")
      func change(_ method: String, _ body: JSON, _ type: String) async throws {
        let answer = try await test.send(method, "\(Self.gadgets)/a", body, type: type)
        #expect(answer.status == 422)
        #expect(answer.message.contains("fixed is fixed"), "\(method): \(answer.message)")
      }
      try await change("PATCH", ["spec": ["fixed": "y"]], Self.merge)
      try await change(
        "PATCH", [["op": "replace", "path": "/spec/fixed", "value": "y"]], "application/json-patch+json")
      var whole = made.json
      whole[path: ["spec", "fixed"]] = "y"
      try await change("PUT", whole, "application/json")
      let other = try await test.send("PATCH", "\(Self.gadgets)/a", ["spec": ["n": 2]], type: Self.merge)
      #expect(other.status == 200)
    }
  }

  @Test("with several versions stores one, answers in the one asked for, and keeps what is stored served")
  func versions() async throws {
    try await TestServer.with { test in
      let both = definition(versions: ["v1", "v2"], storage: "v2")
      #expect(try await test.send("POST", Self.definitions, both).status == 201)
      let made = try await test.send("POST", Self.gadgets, ["metadata": ["name": "a"], "spec": [:]])
      #expect(made.json["apiVersion"] == "example.com/v1")
      let key = StoreKey("gadgets.example.com", namespace: "default", name: "a")
      #expect(try test.store.get(key)?.value()["apiVersion"] == "example.com/v2")
      let v2 = try await test.send("GET", "/apis/example.com/v2/namespaces/default/gadgets/a")
      #expect(v2.json["apiVersion"] == "example.com/v2")
      // v1 was never stored and may go; v2 may not, even where v1 is stored from now on.
      let place = "\(Self.definitions)/gadgets.example.com"
      func keep(_ versions: [String], storage: String) async throws -> TestServer.Answer {
        let spec = definition(versions: versions, storage: storage)["spec"] ?? [:]
        return try await test.send("PATCH", place, ["spec": spec], type: Self.merge)
      }
      let refused = try await keep(["v1"], storage: "v1")
      #expect(refused.status == 422)
      #expect(
        refused.message.contains("v2 was previously a storage version, and must remain in spec.versions"),
        "\(refused.message)")
      #expect(try await keep(["v1", "v2"], storage: "v1").status == 200)
      let rewritten = try await test.send(
        "PATCH", "\(Self.gadgets)/a", ["metadata": ["labels": ["a": "b"]]], type: Self.merge)
      #expect(rewritten.status == 200)
      #expect(try test.store.get(key)?.value()["apiVersion"] == "example.com/v1")
      let said = try await test.send(
        "PATCH", "\(place)/status", ["status": ["storedVersions": ["v1"]]], type: Self.merge)
      #expect(said.status == 200, "\(said.text)")
      #expect(try await keep(["v1"], storage: "v1").status == 200)
      #expect(try await test.send("GET", "/apis/example.com/v2/gadgets").status == 404)
    }
  }

  @Test("names fields to select by and columns to print, whatever is in them")
  func selection() async throws {
    try await TestServer.with { test in
      let spec: JSON = ["type": "object", "properties": ["color": ["type": "string"], "n": ["type": "number"]]]
      let more: [String: JSON] = [
        "selectableFields": [["jsonPath": ".spec.color"]],
        "additionalPrinterColumns": [["name": "N", "type": "integer", "jsonPath": ".spec.n"]],
      ]
      #expect(try await test.send("POST", Self.definitions, definition(spec: spec, more: more)).status == 201)
      for (name, color) in ["a": "red", "b": "blue"] as [String: JSON] {
        let made = try await test.send(
          "POST", Self.gadgets, ["metadata": ["name": .string(name)], "spec": ["color": color, "n": 1e300]])
        #expect(made.status == 201)
      }
      func names(_ selector: String) async throws -> [String] {
        try await test.send("GET", "\(Self.gadgets)?fieldSelector=\(selector)").json["items"]?.arrayValue?
          .map(\.objectName) ?? []
      }
      #expect(try await names("spec.color=red") == ["a"])
      #expect(try await names("spec.color!=red") == ["b"])
      #expect(try await names("spec.color=red,metadata.name=b") == [])
      let watched = try await test.send(
        "GET", "\(Self.gadgets)?watch=true&fieldSelector=spec.color=blue&timeoutSeconds=1")
      #expect(watched.lines.compactMap { $0["object"]?.objectName } == ["b"])
      try await withTables(test, "\(Self.gadgets)?includeObject=None") {
        #expect($0 == [["a", .null], ["b", .null]])
      }
    }
  }

  private func withTables(_ test: TestServer, _ path: String, _ check: ([[JSON]]) -> Void) async throws {
    let response = try await test.client.request(
      path: path, headers: ["accept": "application/json;as=Table;v=v1;g=meta.k8s.io"])
    check(try response.json()["rows"]?.arrayValue?.compactMap { $0["cells"]?.arrayValue } ?? [])
  }
}
