import Testing

@testable import Kubernetes

@Suite("A label selector")
struct SelectorTests {
  static let labels = ["app": "db", "role": "primary", "rank": "3", "empty": ""]

  @Test(
    "selects by its requirements, all of them",
    arguments: [
      ("", true), ("app=db", true), ("app==db", true), ("app = db , role = primary", true),
      ("app=db,role=replica", false),
      ("app!=db", false), ("absent!=x", true), ("app in (db, web)", true), ("app in (web)", false),
      ("app notin (web)", true), ("app notin (db)", false), ("absent notin (x)", true), ("app", true),
      ("absent", false),
      ("!absent", true), ("!app", false), ("rank>2", true), ("rank>3", false), ("rank<4", true), ("app>2", false),
      ("empty=", true), ("empty in ()", true), ("app=", false), ("cnpg.io/cluster=demo", false), ("in in (in)", false),
    ])
  func matching(text: String, expected: Bool) throws {
    #expect(try Selector(parsing: text).matches(Self.labels) == expected)
  }

  @Test(
    "is refused where it cannot be understood",
    arguments: [
      "a b", "a in", "a in (b", "a in b", "=b", "a>x", ",", "a,", "!", "a==b==c", "a/b/c=d", "-a=b", "a=b c",
      "a=$", "A_-=b", "\(String(repeating: "k", count: 64))=v", "Ä=b", "a=\(String(repeating: "v", count: 64))",
    ])
  func refused(text: String) {
    #expect(throws: SelectorError.self) { try Selector(parsing: text) }
  }

  @Test("is written so that it reads the same again")
  func roundTrip() throws {
    for text in ["a=b", "a in (b,c)", "a!=b", "a notin (b,c)", "a", "!a", "a>1", "a<1", "a=b,c=d", "a="] {
      #expect(try Selector(parsing: text).description == text)
    }
  }

  @Test("of an object needs all labels and all expressions")
  func labelSelector() throws {
    var selector = LabelSelector(["app": "db"])
    #expect(selector.matches(Self.labels))
    selector.matchExpressions = [LabelSelectorRequirement("role", "In", ["replica"])]
    #expect(!selector.matches(Self.labels))
    selector.matchExpressions = [
      LabelSelectorRequirement("role", "Exists"), LabelSelectorRequirement("x", "DoesNotExist"),
    ]
    #expect(selector.matches(Self.labels))
    #expect(LabelSelector().matches(Self.labels))
    #expect(try selector.selector().description == "app=db,role,!x")
  }

  @Test("of an object that is not valid matches nothing and says why")
  func invalid() {
    for (operation, values) in [("In", []), ("Exists", ["x"]), ("Near", ["x"])] {
      var selector = LabelSelector()
      selector.matchExpressions = [LabelSelectorRequirement("app", operation, values)]
      #expect(!selector.matches(Self.labels))
      #expect(throws: SelectorError.self) { try selector.selector() }
    }
  }
}

@Suite("A field selector")
struct FieldSelectorTests {
  static let pod: JSON = [
    "metadata": ["name": "a"], "spec": ["nodeName": "node-1", "hostNetwork": true], "status": ["phase": "Running"],
  ]

  @Test(
    "selects by fields",
    arguments: [
      ("", true), ("metadata.name=a", true), ("metadata.name==a", true), ("metadata.name!=a", false),
      ("status.phase!=Failed,spec.nodeName=node-1", true), ("spec.nodeName=", false), ("spec.absent=", true),
      ("spec.hostNetwork=true", true), (#"metadata.name=a\,b"#, false),
    ])
  func matching(text: String, expected: Bool) throws {
    #expect(try FieldSelector(parsing: text).matches(Self.pod) == expected)
  }

  @Test("is refused where it cannot be understood", arguments: ["metadata.name", "=a", "a=b=c", #"a=b\x"#, #"a=b\"#])
  func refused(text: String) {
    #expect(throws: SelectorError.self) { try FieldSelector(parsing: text) }
  }
}
