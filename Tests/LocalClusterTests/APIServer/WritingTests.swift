import Foundation
import Kubernetes
import Testing

@testable import LocalCluster

@Suite("Writing over the API", .timeLimit(.minutes(1)))
struct WritingTests {
  private let maps = "/api/v1/namespaces/default/configmaps"
  private let services = "/api/v1/namespaces/default/services"
  private let merge = "application/merge-patch+json"

  @Test("by JSON patch does all operations or none")
  func jsonPatch() async throws {
    try await TestServer.with { test in
      _ = try await test.client.create(ConfigMap.named("a", in: "default") { $0.data = ["x": "1", "y": "2"] })
      func patch(_ operations: JSON) async throws -> TestServer.Answer {
        try await test.send("PATCH", "\(maps)/a", operations, type: "application/json-patch+json")
      }
      let changed = try await patch([
        ["op": "test", "path": "/data/x", "value": "1"], ["op": "move", "from": "/data/x", "path": "/data/z"],
        ["op": "add", "path": "/metadata/labels", "value": ["a~b": "c"]],
        ["op": "replace", "path": "/metadata/labels/a~0b", "value": "d"], ["op": "remove", "path": "/data/y"],
      ])
      #expect(changed.status == 422, "a label's key is checked: \(changed.text)")
      let good = try await patch([
        ["op": "test", "path": "/data/x", "value": "1"], ["op": "move", "from": "/data/x", "path": "/data/z"],
        ["op": "remove", "path": "/data/y"],
      ])
      #expect(good.json["data"] == ["z": "1"])
      for bad in [
        [["op": "test", "path": "/data/z", "value": "2"], ["op": "remove", "path": "/data/z"]],
        [["op": "remove", "path": "/data/none"]],
      ] as [JSON] {
        #expect(try await patch(bad).status == 422)
      }
      #expect(try await patch(["op": "remove"]).status == 400)
      #expect(try await test.client.get(ConfigMap.self, "a", in: "default").data == ["z": "1"])
    }
  }

  @Test("as a dry run answers what would be and leaves everything as it is, whatever the method")
  func dryRun() async throws {
    try await TestServer.with { test in
      let object = try await test.client.create(ConfigMap.named("a", in: "default") { $0.data = ["x": "1"] })
      let before = test.store.revision
      var whole = try JSON(encoding: object)
      whole["data"] = ["x": "2"]
      for (method, body, type) in [
        ("PUT", whole, "application/json"), ("PATCH", ["data": ["x": "2"]], merge),
        ("PATCH", ["data": ["x": "2"]], "application/strategic-merge-patch+json"),
        (
          "PATCH", ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a"], "data": ["x": "2"]],
          "application/apply-patch+yaml"
        ),
      ] as [(String, JSON, String)] {
        let answer = try await test.send(
          method, "\(maps)/a?dryRun=All&fieldManager=me&force=True", body, type: type)
        #expect(answer.status == 200, "\(type): \(answer.text)")
        #expect(answer.json["data"] == ["x": "2"], "\(type)")
      }
      #expect(try await test.send("DELETE", "\(maps)/a?dryRun=All").status == 200)
      #expect(test.store.revision == before)
      let deployment: JSON = [
        "metadata": ["name": "d"],
        "spec": [
          "selector": ["matchLabels": ["a": "b"]],
          "template": ["metadata": ["labels": ["a": "b"]], "spec": ["containers": [["name": "c", "image": "i"]]]],
        ],
      ]
      let deployments = "/apis/apps/v1/namespaces/default/deployments"
      _ = try await test.send("POST", deployments, deployment)
      let scaled = try await test.send(
        "PATCH", "\(deployments)/d/scale?dryRun=All", ["spec": ["replicas": 5]], type: merge)
      #expect(scaled.json[path: ["spec", "replicas"]] == 5)
      #expect(try await test.client.get(Deployment.self, "d", in: "default").spec?.replicas == 1)
      for path in ["\(deployments)/d/scale?dryRun=no", "\(deployments)/d/status?dryRun=no"] {
        #expect(try await test.send("PATCH", path, ["spec": ["replicas": 5]], type: merge).status == 400)
      }
      #expect(try await test.client.get(Deployment.self, "d", in: "default").spec?.replicas == 1)
    }
  }

  @Test("gives a service the address it asks for after a dry run, a failure or a deletion of the same")
  func addresses() async throws {
    try await TestServer.with { test in
      let service: JSON = [
        "metadata": ["name": "s"], "spec": ["clusterIP": "127.200.0.9", "ports": [["port": 80]]],
      ]
      for _ in 1...3 {
        #expect(try await test.send("POST", "\(services)?dryRun=All", service).status == 201)
      }
      var wrong = service
      wrong[path: ["spec", "ports"]] = [["port": 0]]
      #expect(try await test.send("POST", services, wrong).status == 422)
      for _ in 1...2 {
        let created = try await test.send("POST", services, service)
        #expect(created.status == 201, "\(created.text)")
        #expect(try await test.send("DELETE", "\(services)/s").status == 200)
      }
      _ = try await test.send("POST", services, service)
      var other = service
      other[path: ["metadata", "name"]] = "t"
      #expect(try await test.send("POST", services, other).message.contains("provided IP is already allocated"))
    }
  }

  @Test("refuses source ranges that cannot be read, which would let nobody in")
  func sourceRanges() async throws {
    try await TestServer.with { test in
      let service: JSON = [
        "metadata": ["name": "s"],
        "spec": [
          "type": "LoadBalancer", "ports": [["port": 80]],
          "loadBalancerSourceRanges": [" 10.0.0.0/8 ", "fd00::/8", "10.0.0.0/33", "all"],
        ],
      ]
      let answer = try await test.send("POST", services, service)
      #expect(answer.status == 422)
      #expect(
        answer.json[path: ["details", "causes"]]?.arrayValue?.compactMap { $0["field"] } == [
          "spec.loadBalancerSourceRanges[2]", "spec.loadBalancerSourceRanges[3]",
        ])
    }
  }

  @Test("answers a deletion with what typed clients expect: the object, or a Status, as Kubernetes does for the kind")
  func deletionAnswers() async throws {
    try await TestServer.with { test in
      _ = try await test.client.create(ConfigMap.named("a", in: "default"))
      let map = try await test.send("DELETE", "\(maps)/a")
      #expect(map.json["kind"] == "Status" && map.json["status"] == "Success")
      let pods = "/api/v1/namespaces/default/pods"
      let pod: JSON = ["metadata": ["name": "p"], "spec": ["containers": [["name": "c", "image": "i"]]]]
      _ = try await test.send("POST", pods, pod)
      let deleted = try await test.send("DELETE", "\(pods)/p")
      #expect(deleted.json["kind"] == "Pod" && deleted.json.objectName == "p")
      #expect(try await test.send("GET", "\(pods)/p").status == 404)
    }
  }

  @Test("keeps the namespaces that the cluster lives in")
  func lastingNamespaces() async throws {
    try await TestServer.with { test in
      for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
        let answer = try await test.send("DELETE", "/api/v1/namespaces/\(name)")
        #expect(answer.status == 403)
        #expect(answer.message == "namespaces \"\(name)\" is forbidden: this namespace may not be deleted")
      }
    }
  }

  @Test("says what of jobs and webhooks is accepted and not acted on")
  func warnings() async throws {
    try await TestServer.with { test in
      let job: JSON = [
        "metadata": ["name": "j"],
        "spec": [
          "podFailurePolicy": ["rules": []],
          "template": ["spec": ["restartPolicy": "Never", "containers": [["name": "c", "image": "i"]]]],
        ],
      ]
      let made = try await test.send("POST", "/apis/batch/v1/namespaces/default/jobs", job)
      #expect(made.status == 201, "\(made.text)")
      #expect(made.warnings == [#"299 - "spec.podFailurePolicy: not supported here and not acted on""#])
      let hook: JSON = [
        "metadata": ["name": "h"],
        "webhooks": [
          [
            "name": "a.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None", "clientConfig": [:],
            "reinvocationPolicy": "IfNeeded", "matchConditions": [["name": "n", "expression": "true"]],
          ]
        ],
      ]
      let hooks = try await test.send(
        "POST", "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", hook)
      #expect(hooks.status == 201, "\(hooks.text)")
      #expect(hooks.warnings.count == 2)
    }
  }

  @Test("forgets events an hour after they last happened")
  func events() async throws {
    try await TestServer.with { test in
      let now = Date.now
      func event(_ name: String, _ seconds: TimeInterval, _ field: String) async throws {
        let time = Timestamp.seconds(now.addingTimeInterval(-seconds))
        var value: JSON = [
          "metadata": [
            "name": .string(name), "namespace": "default",
            "creationTimestamp": .string(Timestamp.seconds(now.addingTimeInterval(-9000))),
          ],
          "involvedObject": [:],
        ]
        value[field] = .string(time)
        _ = try await test.store.create(StoreKey("events", namespace: "default", name: name), value)
      }
      try await event("old", 3700, "lastTimestamp")
      try await event("older", 3700, "eventTime")
      try await event("new", 3500, "lastTimestamp")
      try await EventExpiry(store: test.store, logger: .init(label: "test")).sweep(now: now)
      #expect(try await test.client.list(Event.self, in: "default").items.map(\.name) == ["new"])
    }
  }

  @Test("by server-side apply of what is not there needs the right to create as well")
  func applyNeedsCreate() async throws {
    try await TestServer.with { test in
      _ = try await test.client.create(
        Role.named("patcher", in: "default") { role in
          role.rules = [.with { ($0.apiGroups, $0.resources, $0.verbs) = ([""], ["configmaps"], ["get", "patch"]) }]
        })
      _ = try await test.client.create(
        RoleBinding.named("patcher", in: "default") { binding in
          binding.roleRef = .with { ($0.kind, $0.name) = ("Role", "patcher") }
          binding.subjects = [.with { ($0.kind, $0.name, $0.namespace) = ("ServiceAccount", "default", "default") }]
        })
      let account = try await test.client.get(ServiceAccount.self, "default", in: "default")
      let token = try await ServiceAccountTokens(issuer: test.server.url, keyPEM: test.pki.serviceAccountKeyPEM)
        .issue(account: account, pod: nil, node: nil, audiences: [], lifetime: 600).token
      let client = try test.client(token: token)
      func apply(_ name: String) async throws {
        let map: JSON = [
          "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name)], "data": ["a": "b"],
        ]
        _ = try await client.request(
          method: "PATCH", path: "\(maps)/\(name)", query: [("fieldManager", "me")],
          headers: ["content-type": "application/apply-patch+yaml"], body: map.serialized())
      }
      await #expect { try await apply("new") } throws: {
        ($0 as? APIError)?.message
          == #"configmaps "new" is forbidden: User "system:serviceaccount:default:default" cannot create resource "#
          + #""configmaps" in API group "" in the namespace "default""#
      }
      #expect(try await test.client.find(ConfigMap.self, "new", in: "default") == nil)
      _ = try await test.client.create(ConfigMap.named("old", in: "default"))
      try await apply("old")
      #expect(try await test.client.get(ConfigMap.self, "old", in: "default").data == ["a": "b"])
      await client.shutdown()
    }
  }
}
