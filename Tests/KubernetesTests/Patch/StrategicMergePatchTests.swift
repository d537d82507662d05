import Testing

@testable import Kubernetes

@Suite("A strategic merge patch")
struct StrategicMergePatchTests {
  static let pod: JSON = [
    "metadata": ["name": "p", "labels": ["a": "1", "b": "2"], "finalizers": ["x", "y", "z"]],
    "spec": [
      "nodeName": "n",
      "containers": [
        ["name": "one", "image": "1", "args": ["a", "b"]],
        ["name": "two", "image": "2", "env": [["name": "E", "value": "1"]]],
      ],
    ],
  ]

  private func apply(_ patch: JSON) throws -> JSON {
    try StrategicMergePatch.apply(patch, to: Self.pod, schema: Pod.schema)
  }

  private func containers(_ patch: JSON) throws -> [JSON] {
    try apply(["spec": patch])["spec"]?["containers"]?.arrayValue ?? []
  }

  private func names(_ list: [JSON]) -> [String] { list.compactMap { $0["name"]?.stringValue } }

  @Test("merges objects and removes what is null")
  func objects() throws {
    let result = try apply(["metadata": ["labels": ["a": .null, "c": "3"]]])
    #expect(result["metadata"]?["labels"] == ["b": "2", "c": "3"])
    #expect(result["spec"] == Self.pod["spec"])
  }

  @Test("merges list elements by their key and replaces lists without one")
  func lists() throws {
    let result = try containers([
      "containers": [
        ["name": "two", "image": "new", "env": [["name": "F", "value": "2"]]], ["name": "one", "args": ["c"]],
      ]
    ])
    #expect(names(result) == ["two", "one"])
    #expect(result[0]["image"] == "new")
    #expect(names(result[0]["env"]?.arrayValue ?? []) == ["F", "E"])
    #expect(result[1] == ["name": "one", "image": "1", "args": ["c"]])
  }

  @Test("puts new elements before those it does not name, as Kubernetes does")
  func additions() throws {
    #expect(names(try containers(["containers": [["name": "three", "image": "3"]]])) == ["three", "one", "two"])
  }

  @Test("deletes elements and replaces lists where a directive says so")
  func directives() throws {
    #expect(names(try containers(["containers": [["$patch": "delete", "name": "one"]]])) == ["two"])
    #expect(
      try containers(["containers": [["$patch": "replace"], ["name": "only", "image": .null]]]) == [["name": "only"]])
    #expect(try apply(["metadata": ["labels": ["$patch": "replace", "z": "9"]]])["metadata"]?["labels"] == ["z": "9"])
    #expect(try apply(["metadata": ["labels": ["$patch": "delete"]]])["metadata"]?["labels"] == [:])
    #expect(throws: PatchError.self) { try apply(["metadata": ["$patch": "explode"]]) }
    #expect(throws: PatchError.self) { try containers(["containers": [["image": "nameless"]]]) }
  }

  @Test("merges lists of scalars and deletes from them")
  func scalars() throws {
    func finalizers(_ patch: JSON) throws -> JSON? { try apply(["metadata": patch])["metadata"]?["finalizers"] }
    #expect(Set(try finalizers(["finalizers": ["y", "w"]])?.arrayValue ?? []) == ["x", "y", "z", "w"])
    #expect(try finalizers(["$deleteFromPrimitiveList/finalizers": ["y"]]) == ["x", "z"])
    #expect(try finalizers(["$setElementOrder/finalizers": ["z", "x", "y"]]) == ["z", "x", "y"])
  }

  @Test("orders elements as asked, those not named keeping their place")
  func order() throws {
    let patch: JSON = [
      "$setElementOrder/containers": [["name": "two"], ["name": "three"], ["name": "one"]],
      "containers": [["name": "three", "image": "3"]],
    ]
    #expect(names(try containers(patch)) == ["two", "three", "one"])
  }

  @Test("retains only the keys it lists")
  func retainedKeys() throws {
    let deployment: JSON = ["spec": ["strategy": ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": 1]]]]
    let patch: JSON = ["spec": ["strategy": ["$retainKeys": ["type"], "type": "Recreate"]]]
    let result = try StrategicMergePatch.apply(patch, to: deployment, schema: Deployment.schema)
    #expect(result["spec"]?["strategy"] == ["type": "Recreate"])
  }

  @Test("applied twice changes nothing more, and without lists is a merge patch")
  func random() throws {
    var random = SeededRandom.announced()
    for _ in 0..<500 {
      let old = RandomJSON.object(&random)
      let patch = RandomJSON.object(&random)
      let once = try StrategicMergePatch.apply(patch, to: old, schema: Schema(.object))
      #expect(once == MergePatch.apply(patch, to: old))
      let names = (0..<4).filter { _ in Bool.random(using: &random) }.shuffled(using: &random)
      let list = JSON.array(names.map { ["name": .string("c\($0)"), "image": "x"] })
      let change: JSON = ["spec": ["containers": list]]
      let first = try StrategicMergePatch.apply(change, to: Self.pod, schema: Pod.schema)
      #expect(try StrategicMergePatch.apply(change, to: first, schema: Pod.schema) == first)
    }
  }
}
