import Testing

@testable import Kubernetes

@Suite("Server-side apply")
struct ServerSideApplyTests {
  private let schema = Deployment.schema

  private func apply(
    _ configuration: JSON, to live: JSON?, by manager: String, force: Bool = false, now: String = "2026-01-01T00:00:00Z"
  ) throws -> JSON {
    try ServerSideApply.apply(
      configuration: configuration, to: live, schema: schema, manager: manager, force: force, apiVersion: "apps/v1",
      subresource: nil, now: now)
  }

  private func update(_ old: JSON?, _ new: JSON, by manager: String, now: String = "2026-01-01T00:00:00Z") -> JSON {
    ServerSideApply.trackUpdate(
      old: old, new: new, schema: schema, manager: manager, apiVersion: "apps/v1", subresource: nil, now: now)
  }

  private func deployment(_ spec: JSON, labels: JSON? = nil) -> JSON {
    var object: JSON = ["apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "d"], "spec": spec]
    object[path: ["metadata", "labels"]] = labels
    return object
  }

  private func containers(_ list: JSON) -> JSON { deployment(["template": ["spec": ["containers": list]]]) }

  private func fields(_ object: JSON, of manager: String) -> JSON? {
    object["metadata"]?["managedFields"]?.arrayValue?.first { $0["manager"]?.stringValue == manager }?["fieldsV1"]
  }

  @Test("creates the object and records who owns what, system fields apart")
  func creation() throws {
    let object = try apply(
      [
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": ["name": "d", "namespace": "n", "resourceVersion": "7", "labels": ["a": "1"]],
        "spec": [
          "replicas": 3,
          "template": [
            "spec": ["containers": [["name": "c", "ports": [["containerPort": 80]]]], "nodeSelector": ["x": "y"]]
          ],
        ],
      ], to: nil, by: "me")
    #expect(
      object["metadata"]?["managedFields"] == [
        [
          "manager": "me", "operation": "Apply", "apiVersion": "apps/v1", "time": "2026-01-01T00:00:00Z",
          "fieldsType": "FieldsV1",
          "fieldsV1": [
            "f:metadata": ["f:labels": ["f:a": [:]]],
            "f:spec": [
              "f:replicas": [:],
              "f:template": [
                "f:spec": [
                  "f:containers": [
                    #"k:{"name":"c"}"#: [
                      ".": [:], "f:name": [:],
                      "f:ports": [#"k:{"containerPort":80,"protocol":"TCP"}"#: [".": [:], "f:containerPort": [:]]],
                    ]
                  ],
                  "f:nodeSelector": [:],
                ]
              ],
            ],
          ],
        ]
      ])
    #expect(object["metadata"]?["resourceVersion"] == nil)
  }

  @Test("of the same configuration again changes nothing, not even the time")
  func repeated() throws {
    let configuration = deployment(["replicas": 3], labels: ["a": "1"])
    let first = try apply(configuration, to: nil, by: "me")
    #expect(try apply(configuration, to: first, by: "me", now: "2027-01-01T00:00:00Z") == first)
  }

  @Test("removes what the manager no longer states, unless somebody else owns it")
  func removal() throws {
    var object = try apply(deployment(["replicas": 3], labels: ["a": "1", "b": "2"]), to: nil, by: "me")
    object = try apply(deployment([:], labels: ["b": "2"]), to: object, by: "you")
    object = try apply(deployment([:]), to: object, by: "me")
    #expect(object["metadata"]?["labels"] == ["b": "2"])
    #expect(object["spec"]?["replicas"] == nil)
    object = try apply(deployment([:]), to: object, by: "you")
    #expect(object["metadata"]?["labels"] == nil)
  }

  @Test("removes an element of a list with the defaults in it, and leaves the elements of others")
  func elements() throws {
    var object = try apply(containers([["name": "a", "image": "1"], ["name": "b", "image": "2"]]), to: nil, by: "me")
    var live = object["spec"]?["template"]?["spec"]?["containers"]?.arrayValue ?? []
    live[0]["imagePullPolicy"] = "Always"
    object[path: ["spec", "template", "spec", "containers"]] = .array(live)
    object = try apply(containers([["name": "z", "image": "9"]]), to: object, by: "sidecar")
    object = try apply(containers([["name": "b", "image": "2"]]), to: object, by: "me")
    let names = object["spec"]?["template"]?["spec"]?["containers"]?.arrayValue?.compactMap { $0["name"]?.stringValue }
    #expect(names == ["b", "z"])
  }

  @Test("conflicts in Kubernetes' words with fields of others that have other values")
  func conflicts() throws {
    let live = update(nil, deployment(["replicas": 1, "paused": true]), by: "kubectl-client-side-apply")
    #expect(throws: ApplyConflict.self) { try apply(deployment(["replicas": 2]), to: live, by: "me") }
    do {
      _ = try apply(deployment(["replicas": 2]), to: live, by: "me")
    } catch let conflict as ApplyConflict {
      #expect(
        conflict.message
          == #"Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas"#)
      #expect(
        conflict.causes == [
          [
            "reason": "FieldManagerConflict", "field": ".spec.replicas",
            "message": #"conflict with "kubectl-client-side-apply" using apps/v1"#,
          ]
        ])
    }
    do {
      _ = try apply(deployment(["replicas": 2, "paused": false]), to: live, by: "me")
    } catch let conflict as ApplyConflict {
      #expect(
        conflict.message == """
          Apply failed with 2 conflicts: conflicts with "kubectl-client-side-apply" using apps/v1:
          - .spec.paused
          - .spec.replicas
          """)
    }
    let shared = try apply(deployment(["replicas": 1]), to: live, by: "me")
    #expect(fields(shared, of: "me") == ["f:spec": ["f:replicas": [:]]])
    #expect(fields(shared, of: "kubectl-client-side-apply")?["f:spec"]?["f:replicas"] == [:])
  }

  @Test("names list elements in conflicts")
  func conflictPaths() throws {
    let live = try apply(containers([["name": "c", "image": "1"]]), to: nil, by: "you")
    do {
      _ = try apply(containers([["name": "c", "image": "2"]]), to: live, by: "me")
      Issue.record("no conflict")
    } catch let conflict as ApplyConflict {
      #expect(
        conflict.message
          == #"Apply failed with 1 conflict: conflict with "you": .spec.template.spec.containers[name="c"].image"#)
    }
  }

  @Test("with force takes fields over")
  func force() throws {
    let live = try apply(deployment(["replicas": 1]), to: nil, by: "you")
    let object = try apply(deployment(["replicas": 2]), to: live, by: "me", force: true)
    #expect(object["spec"]?["replicas"] == 2)
    #expect(fields(object, of: "you") == nil)
  }

  @Test("keeps what stood there before ownership was recorded")
  func beforeFirstApply() throws {
    let live = deployment(["replicas": 1, "paused": true])
    let object = try apply(deployment(["replicas": 1]), to: live, by: "me")
    #expect(fields(object, of: "before-first-apply")?["f:spec"]?["f:paused"] == [:])
    #expect(object["spec"]?["paused"] == true)
  }

  @Test("puts other writes down to their writers")
  func updates() throws {
    let created = update(nil, deployment(["replicas": 1], labels: ["a": "1"]), by: "kubectl-create")
    #expect(
      fields(created, of: "kubectl-create") == [
        "f:metadata": ["f:labels": [".": [:], "f:a": [:]]], "f:spec": ["f:replicas": [:]],
      ])
    var scaled = created
    scaled[path: ["spec", "replicas"]] = 5
    scaled[path: ["metadata", "resourceVersion"]] = "12"
    let object = update(created, scaled, by: "scaler", now: "2026-02-02T00:00:00Z")
    #expect(fields(object, of: "scaler") == ["f:spec": ["f:replicas": [:]]])
    #expect(fields(object, of: "kubectl-create") == ["f:metadata": ["f:labels": [".": [:], "f:a": [:]]]])
    #expect(update(object, object, by: "idle") == object)
    var unlabelled = object
    unlabelled[path: ["metadata", "labels"]] = nil
    #expect(fields(update(object, unlabelled, by: "cleaner"), of: "kubectl-create") == nil)
  }

  @Test("lets clients change the managed fields, and keeps their number bounded")
  func managers() {
    var object = update(nil, deployment(["replicas": 0]), by: "m0")
    for number in 1...20 {
      var next = object
      next[path: ["metadata", "annotations", "a\(number)"]] = "x"
      object = update(object, next, by: "m\(number)", now: "2026-01-\(number < 10 ? "0" : "")\(number)T00:00:00Z")
    }
    let managers = object["metadata"]?["managedFields"]?.arrayValue?.compactMap { $0["manager"]?.stringValue } ?? []
    #expect(managers.count == 11)
    #expect(managers.contains("ancient-changes"))
    var reset = object
    reset[path: ["metadata", "managedFields"]] = [[:]]
    #expect(update(object, reset, by: "m")["metadata"]?["managedFields"] == nil)
  }

  @Test("writes the keys of elements as JSON, whatever stands in them")
  func keys() throws {
    let object = try apply(containers([["name": "a\"b\\c\n"], ["name": "plain"]]), to: nil, by: "me")
    let steps = fields(object, of: "me")?["f:spec"]?["f:template"]?["f:spec"]?["f:containers"]?.objectValue?.keys
    #expect(steps?.sorted() == [#"k:{"name":"a\"b\\c\n"}"#, #"k:{"name":"plain"}"#])
  }

  @Test("treats a custom resource without a detailed schema as objects merged and lists replaced")
  func untyped() throws {
    let apply = { (configuration: JSON, live: JSON?, manager: String) in
      try ServerSideApply.apply(
        configuration: configuration, to: live, schema: .anything, manager: manager, force: true, apiVersion: "x/v1",
        subresource: nil, now: "")
    }
    var object = try apply(["metadata": ["name": "a"], "spec": ["list": [1, 2], "a": 1]], nil, "me")
    object = try apply(["metadata": ["name": "a"], "spec": ["list": [3], "b": 2]], object, "you")
    #expect(object["spec"] == ["list": [3], "a": 1, "b": 2])
  }

  @Test("holds its promises for random configurations and managers")
  func random() throws {
    var random = SeededRandom.announced()
    func configuration(_ random: inout SeededRandom) -> JSON {
      var spec: [String: JSON] = [:]
      if Bool.random(using: &random) { spec["replicas"] = .int(.random(in: 0...2, using: &random)) }
      var labels: [String: JSON] = [:]
      for name in ["a", "b", "c"] where Bool.random(using: &random) {
        labels[name] = ["1", "2"].randomElement(using: &random)
      }
      let names = ["x", "y", "z"].shuffled(using: &random).prefix(.random(in: 0...3, using: &random))
      let list: [JSON] = names.map { name in
        var container: JSON = ["name": .string(name)]
        if Bool.random(using: &random) { container["image"] = ["1", "2"].randomElement(using: &random) }
        if Bool.random(using: &random) { container["env"] = [["name": "E", "value": .string(name)]] }
        return container
      }
      spec["template"] = ["spec": ["containers": .array(list)]]
      return deployment(.object(spec), labels: .object(labels))
    }
    for _ in 0..<300 {
      var live: JSON?
      for _ in 0..<5 {
        let wanted = configuration(&random)
        let manager = ["m1", "m2", "m3"].randomElement(using: &random) ?? "m1"
        let object = try apply(wanted, to: live, by: manager, force: true)
        // Everything stated is there, stating it again changes nothing, and ownership is written and read alike.
        #expect(MergePatch.apply(["metadata": wanted["metadata"] ?? [:]], to: object) == object)
        #expect(object["spec"]?["replicas"] == wanted["spec"]?["replicas"] ?? object["spec"]?["replicas"])
        #expect(try apply(wanted, to: object, by: manager, now: "later") == object)
        let managed = ManagedFields(of: object)
        #expect(object["metadata"]?["managedFields"] == managed.json)
        // Nothing is left that nobody owns.
        let all = ServerSideApply.ownable(FieldSet(of: object, schema))
        #expect(all.subtracting(managed.owned).paths.filter { !$0.hasSuffix("]") } == [])
        live = object
      }
      // When all managers let go, nothing of it remains.
      for manager in ["m1", "m2", "m3"] { live = try apply(deployment([:]), to: live, by: manager, force: true) }
      #expect(live?["metadata"]?["labels"] == nil && live?["spec"]?["replicas"] == nil)
      let containers = live?["spec"]?["template"]?["spec"]?["containers"]
      #expect(containers == .none || containers == [])
    }
  }
}
