import Testing

@testable import Kubernetes

@Suite("A JSON patch")
struct JSONPatchTests {
  @Test(
    "does what RFC 6902's appendix says",
    arguments: [
      ("A.1", #"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz","value":"qux"}]"#, #"{"baz":"qux","foo":"bar"}"#),
      (
        "A.2", #"{"foo":["bar","baz"]}"#, #"[{"op":"add","path":"/foo/1","value":"qux"}]"#,
        #"{"foo":["bar","qux","baz"]}"#
      ),
      ("A.3", #"{"baz":"qux","foo":"bar"}"#, #"[{"op":"remove","path":"/baz"}]"#, #"{"foo":"bar"}"#),
      ("A.4", #"{"foo":["bar","qux","baz"]}"#, #"[{"op":"remove","path":"/foo/1"}]"#, #"{"foo":["bar","baz"]}"#),
      ("A.5", #"{"baz":"qux"}"#, #"[{"op":"replace","path":"/baz","value":"boo"}]"#, #"{"baz":"boo"}"#),
      (
        "A.6", #"{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}"#,
        #"[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]"#,
        #"{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}"#
      ),
      (
        "A.7", #"{"foo":["all","grass","cows","eat"]}"#, #"[{"op":"move","from":"/foo/1","path":"/foo/3"}]"#,
        #"{"foo":["all","cows","eat","grass"]}"#
      ),
      (
        "A.8", #"{"baz":"qux","foo":["a",2,"c"]}"#,
        #"[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]"#,
        #"{"baz":"qux","foo":["a",2,"c"]}"#
      ),
      (
        "A.10", #"{"foo":"bar"}"#, #"[{"op":"add","path":"/child","value":{"grandchild":{}}}]"#,
        #"{"foo":"bar","child":{"grandchild":{}}}"#
      ),
      (
        "A.11", #"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz","value":"qux","xyz":123}]"#,
        #"{"foo":"bar","baz":"qux"}"#
      ),
      ("A.14", #"{"/":9,"~1":10}"#, #"[{"op":"test","path":"/~01","value":10}]"#, #"{"/":9,"~1":10}"#),
      (
        "A.16", #"{"foo":["bar"]}"#, #"[{"op":"add","path":"/foo/-","value":["abc","def"]}]"#,
        #"{"foo":["bar",["abc","def"]]}"#
      ),
      ("copy", #"{"a":{"b":1}}"#, #"[{"op":"copy","from":"/a","path":"/c"}]"#, #"{"a":{"b":1},"c":{"b":1}}"#),
      ("root", #"{"a":1}"#, #"[{"op":"replace","path":"","value":{"b":2}}]"#, #"{"b":2}"#),
      (
        "label", #"{"metadata":{"labels":{}}}"#, #"[{"op":"add","path":"/metadata/labels/cnpg.io~1role","value":"x"}]"#,
        #"{"metadata":{"labels":{"cnpg.io/role":"x"}}}"#
      ),
    ])
  func appendix(name: String, document: String, patch: String, result: String) throws {
    #expect(try JSONPatch.apply(JSON(parsing: patch), to: JSON(parsing: document)) == JSON(parsing: result), "\(name)")
  }

  @Test(
    "that does not fit is refused with a reason",
    arguments: [
      (
        #"[{"op":"test","path":"/baz","value":"bar"}]"#, PatchError.Kind.notApplicable,
        "testing value /baz failed: test failed"
      ),
      (
        #"[{"op":"add","path":"/x/y","value":1}]"#, .notApplicable,
        #"add operation does not apply: doc is missing path: "/x/y": missing value"#
      ),
      (
        #"[{"op":"remove","path":"/x"}]"#, .notApplicable,
        #"remove operation does not apply: doc is missing path: "/x": missing value"#
      ),
      (
        #"[{"op":"replace","path":"/list/3","value":1}]"#, .notApplicable,
        #"replace operation does not apply: doc is missing path: "/list/3": missing value"#
      ),
      (
        #"[{"op":"add","path":"/list/01","value":1}]"#, .notApplicable,
        #"add operation does not apply: doc is missing path: "/list/01": missing value"#
      ),
      (
        #"[{"op":"move","from":"/list","path":"/list/0"}]"#, .notApplicable,
        "move operation does not apply: /list/0 is inside /list"
      ),
      (
        #"[{"op":"frobnicate","path":"/x"}]"#, .malformed,
        #"operation 0 of the JSON patch: unexpected kind: "frobnicate""#
      ),
      (#"[{"op":"add","path":"x","value":1}]"#, .malformed, #"the path "x" of a JSON patch must begin with '/'"#),
      (#"[{"op":"add","path":"/x"}]"#, .malformed, "operation 0 of the JSON patch: add operation without a value"),
      (#"{"a":1}"#, .malformed, "a JSON patch is a list of operations, not of type object"),
    ])
  func refused(patch: String, kind: PatchError.Kind, message: String) throws {
    let patch = try JSON(parsing: patch)
    #expect(throws: PatchError(kind: kind, message: message)) {
      try JSONPatch.apply(patch, to: ["baz": "qux", "list": [1, 2]])
    }
  }

  @Test("cannot blow up a document by copies of copies")
  func copies() {
    let double: [JSON] = (0..<32).map { ["op": "copy", "from": "/a", "path": .string("/a/b\($0)")] }
    #expect(throws: PatchError.self) { try JSONPatch.apply(.array(double), to: ["a": ["x": "yyyyyyyy"]]) }
    let nest: JSON = ["op": "copy", "from": "/a", "path": "/a/b"]
    #expect(throws: PatchError.self) {
      try JSONPatch.apply(.array(Array(repeating: nest, count: 300)), to: ["a": [:]])
    }
    let many = JSON.array(Array(repeating: ["op": "test", "path": "", "value": [:]], count: 10_001))
    #expect(throws: PatchError.self) { try JSONPatch.apply(many, to: [:]) }
  }

  @Test("of additions and removals does what a plain edit would do")
  func random() throws {
    var random = SeededRandom.announced()
    for _ in 0..<500 {
      var members = RandomJSON.object(&random).objectValue ?? [:]
      let original = JSON.object(members)
      var operations: [JSON] = []
      for name in ["a", "b", "c", "x/y", "~"] {
        let path = JSON.string("/" + name.replacing("~", with: "~0").replacing("/", with: "~1"))
        if members[name] != nil, Bool.random(using: &random) {
          operations.append(["op": "remove", "path": path])
          members[name] = nil
        } else {
          let value = RandomJSON.value(&random)
          operations.append(["op": "add", "path": path, "value": value])
          members[name] = value
        }
      }
      #expect(try JSONPatch.apply(.array(operations), to: original) == .object(members))
    }
  }
}
