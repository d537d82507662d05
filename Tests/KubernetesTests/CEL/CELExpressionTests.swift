import Testing

@testable import Kubernetes

@Suite("An expression in CEL")
struct CELExpressionTests {
  private static let object: JSON = [
    "name": "demo", "count": 3, "ratio": 0.5, "list": [1, 2, 3], "names": ["a", "b"], "map": ["x": 1, "y": 2],
    "objects": [["k": "a", "v": 1], ["k": "b", "v": 2]], "a-b": ["c.d": true], "namespace": "n", "nothing": .null,
  ]

  private func evaluate(_ text: String, old: JSON? = nil) throws -> JSON {
    var budget = CELExpression.defaultBudget
    var variables = ["self": Self.object]
    variables["oldSelf"] = old
    return try CELExpression(text).evaluate(variables, budget: &budget)
  }

  @Test(
    "has the value the language says",
    arguments: [
      ("1 + 2 * 3 - 4 / 2 % 3", 5), ("-(-3)", 3), ("--3", 3), ("2 - -2", 4), ("1.5 + 2.0", 3.5), ("0x1F", 31),
      ("1 < 2 && 2.0 >= 2 && 'a' < 'b'", true), ("1 == 1.0", true), ("[1, 2] == [1.0, 2]", true),
      ("{'a': [1]} == {'a': [1]}", true), ("null == self.nothing", true), ("'a' != 1", true),
      ("!true || !false", true), ("!!true", true), ("true ? 1 : 2", 1), ("false ? 1 : false ? 2 : 3", 3),
      ("self.count", 3), ("self['name']", "demo"), ("self.list[1]", 2), ("has(self.name) && !has(self.missing)", true),
      ("has(self.nothing)", false), ("2 in self.list", true), ("'x' in self.map && !('z' in self.map)", true),
      ("size(self.list) == self.list.size()", true), ("size('äö')", 2), ("self.map.size()", 2),
      ("self.name.startsWith('de') && self.name.endsWith('mo') && self.name.contains('em')", true),
      ("self.name.matches('^[a-z]+$')", true), ("matches(self.name, 'x')", false),
      ("self.list.all(x, x > 0)", true), ("self.list.exists(x, x == 2)", true),
      ("self.list.exists_one(x, x > 2)", true), ("self.list.map(x, x * 2)", [2, 4, 6]),
      ("self.list.map(x, x > 1, x * 2)", [4, 6]), ("self.list.filter(x, x != 2)", [1, 3]),
      ("self.map.all(k, self.map[k] > 0)", true), ("self.list.all(i, x, x == i + 1)", true),
      ("self.objects.map(o, o.k)", ["a", "b"]), ("[].all(x, x)", true), ("[].exists(x, x)", false),
      ("self.objects.all(o, self.objects.filter(p, p.k == o.k).size() == 1)", true),
      ("'A-b'.lowerAscii() + 'c'.upperAscii()", "a-bC"), ("' x '.trim()", "x"),
      ("'a,b,c'.split(',')", ["a", "b", "c"]),
      ("'a,b,c'.split(',', 2)", ["a", "b,c"]), ("'banana'.replace('a', 'o', 2)", "bonona"),
      ("'tacocat'.substring(4)", "cat"), ("'tacocat'.substring(0, 4)", "taco"), ("'tacocat'.charAt(1)", "a"),
      ("'tacocat'.indexOf('c') + 'tacocat'.lastIndexOf('c')", 6), ("['a', 'b'].join('-')", "a-b"),
      ("[1, 2].isSorted() && [3, 1, 2].max() == 3 && [3, 1].min() == 1 && [1, 2].sum() == 3", true),
      ("int('12') + int(2.9)", 14), ("string(1) + string(true)", "1true"), ("double(1)", 1.0),
      (#"'\u00e4' == "ä" && r'\d' == '\\d' && '''a'b''' == "a'b""#, true), ("self.a__dash__b.c__dot__d", true),
      ("self.__namespace__", "n"), ("1 == 1 // a remark", true), ("[1, 2,]", [1, 2]),
      // One side may fail when the other decides.
      ("false && self.missing == 1", false), ("self.missing == 1 && false", false), ("self.missing == 1 || true", true),
      ("[1, 'a'].exists(x, x < 'b')", true),
    ] as [(String, JSON)])
  func value(text: String, value: JSON) throws {
    #expect(try evaluate(text) == value)
  }

  @Test(
    "fails with a reason instead of trapping",
    arguments: [
      ("self.missing", "no such key: missing"), ("1 / 0", "division by zero"), ("1 % 0", "modulus by zero"),
      ("9223372036854775807 + 1", "integer overflow"), ("-9223372036854775807 - 2", "integer overflow"),
      ("self.list[3]", "index out of bounds: 3"), ("self.list[-1]", "index out of bounds: -1"),
      ("1 + 'a'", "no such overload"),
      ("self.name.substring(9)", "index out of range: 9"),
      ("'x'.charAt(9223372036854775807)", "index out of range: 9223372036854775807"),
      ("self.name && true", "no such overload"), ("int('x')", #"cannot convert "x" to int"#),
      ("int(1e300)", "integer overflow"), ("[].max()", "max called on empty list"),
      ("true && self.missing == 1", "no such key: missing"),
    ])
  func failures(text: String, message: String) {
    #expect(throws: CELError(kind: .evaluation, message: message)) { try evaluate(text) }
  }

  @Test(
    "that is none is a syntax error",
    arguments: [
      "", "1 +", "(1", "self.", "'open", "1 2", "has(self)", "[1", "a ? b", "self.all(1, true)", "#",
      "'x'.matches('(')",
    ])
  func syntax(text: String) {
    #expect { try CELExpression(text, variables: ["self", "a", "b"]) } throws: { ($0 as? CELError)?.kind == .syntax }
  }

  @Test(
    "that is not evaluated here is reported when it is parsed",
    arguments: [
      "quantity('1Gi').isGreaterThan(quantity('1Mi'))", "duration('1h') > duration('1m')", "b'x'", "1u", "self.?a",
      "isURL(self.url)", "optionalOldSelf.hasValue()", "variables.x", "self.format([1])",
    ])
  func unsupported(text: String) {
    #expect { try CELExpression(text) } throws: { ($0 as? CELError)?.kind == .unsupported }
  }

  @Test("has steps enough for the longest list the contract allows")
  func longestList() throws {
    let objects = JSON.array(Array(repeating: ["table": ["name": "t"]], count: 100_000))
    let expression = try CELExpression(
      "!(self.exists(o, has(o.table) && has(o.table.columns)) && self.exists(o, has(o.tablesInSchema)))")
    var budget = CELExpression.defaultBudget
    #expect(try expression.evaluate(["self": objects], budget: &budget) == true)
  }

  @Test("stops when it has taken too many steps")
  func budget() throws {
    let list = JSON.array((0..<1000).map { .int($0) })
    let expression = try CELExpression("self.all(a, self.all(b, self.all(c, a + b + c >= 0)))")
    var budget = 10_000
    #expect { try expression.evaluate(["self": list], budget: &budget) } throws: { ($0 as? CELError)?.kind == .budget }
    #expect(throws: CELError.self) { try CELExpression(String(repeating: "(", count: 5000) + "1") }
    #expect(throws: CELError.self) { try CELExpression("1" + String(repeating: "+1", count: 5000)) }
  }

  @Test("of numbers and conditions computes what Swift computes")
  func random() throws {
    var random = SeededRandom.announced()
    func number(_ depth: Int, _ random: inout SeededRandom) -> (String, Int64) {
      let leaf = Int64.random(in: 0...9, using: &random)
      if depth > 3 { return ("\(leaf)", leaf) }
      let (left, leftValue) = number(depth + 1, &random)
      let (right, rightValue) = number(depth + 1, &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0: return ("(\(left) + \(right))", leftValue + rightValue)
      case 1: return ("(\(left) - \(right))", leftValue - rightValue)
      case 2: return ("(\(left) < \(right) ? \(left) : \(right))", min(leftValue, rightValue))
      case 3: return ("[\(left), \(right)].max()", max(leftValue, rightValue))
      default: return ("\(leaf)", leaf)
      }
    }
    for _ in 0..<300 {
      let (text, value) = number(0, &random)
      #expect(try evaluate(text) == .int(value), "\(text)")
    }
  }
}

@Suite("Rules of a schema")
struct SchemaRuleTests {
  private func schema() throws -> Schema {
    var unsupported: [String] = []
    let schema = try Schema(
      openAPI: JSON(
        parsing: """
          {"type":"object","properties":{"spec":{"type":"object","required":["name"],"properties":{
            "name":{"type":"string","x-kubernetes-validations":[{"rule":"self == oldSelf","message":"name is immutable"}]},
            "imageName":{"type":"string"},"imageCatalogRef":{"type":"object","properties":{"kind":{"type":"string"}}},
            "number":{"type":"integer","x-kubernetes-validations":[{"rule":"self > 0",
              "messageExpression":"'must be positive, not ' + string(self)"}]},
            "list":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["n"],
              "items":{"type":"object","properties":{"n":{"type":"string"},"v":{"type":"integer",
              "x-kubernetes-validations":[{"rule":"self >= oldSelf"}]}}}},
            "map":{"type":"object","additionalProperties":{"type":"string","x-kubernetes-validations":[
              {"rule":"self != 'x'","reason":"FieldValueForbidden","message":"no x"}]}}
          },"x-kubernetes-validations":[{"rule":"!(has(self.imageName) && has(self.imageCatalogRef))",
            "message":"imageName and imageCatalogRef are mutually exclusive"},
            {"rule":"self.number < 10","fieldPath":".number","message":"too big"}]}}}
          """), unsupported: &unsupported)
    #expect(unsupported.isEmpty)
    return schema
  }

  private func messages(_ spec: JSON) throws -> [String] { try schema().validate(["spec": spec]).map(\.message) }

  @Test("that hold say nothing")
  func valid() throws {
    #expect(try messages(["name": "a", "number": 1, "imageName": "x"]) == [])
  }

  @Test("that do not hold are reported as Kubernetes does")
  func broken() throws {
    #expect(
      try messages(["name": "a", "number": 1, "imageName": "x", "imageCatalogRef": [:], "map": ["k": "x"]]) == [
        "spec.map[k]: Forbidden: no x",
        #"spec: Invalid value: "object": imageName and imageCatalogRef are mutually exclusive"#,
      ])
    #expect(
      try messages(["name": "a", "number": 0]) == [#"spec.number: Invalid value: "integer": must be positive, not 0"#])
    #expect(try messages(["name": "a", "number": 11]) == [#"spec.number: Invalid value: "object": too big"#])
    #expect(
      try messages(["name": "a"]) == [
        #"spec: Invalid value: "object": no such key: number evaluating rule: too big"#
      ])
  }

  @Test("are not looked at while types are wrong, which is said")
  func blocked() throws {
    let last = try messages(["number": 0]).last
    #expect(
      last == #"<nil>: Invalid value: "null": some validation rules were not checked because the object was invalid; "#
        + "correct the existing errors to complete validation")
  }

  @Test("about changes are looked at on update only, where there was something before")
  func transitions() throws {
    let schema = try schema()
    let old: JSON = ["spec": ["name": "a", "number": 1, "list": [["n": "x", "v": 5], ["n": "y", "v": 1]]]]
    let new: JSON = [
      "spec": ["name": "b", "number": 1, "list": [["n": "y", "v": 2], ["n": "z", "v": 0], ["n": "x", "v": 4]]]
    ]
    #expect(schema.validate(new).isEmpty)
    #expect(schema.validateTransition(old: old, new: old).isEmpty)
    #expect(schema.validate(old, old: old).isEmpty)
    #expect(schema.validate(new, old: old) == schema.validateTransition(old: old, new: new))
    #expect(
      schema.validateTransition(old: old, new: new).map(\.message) == [
        #"spec.list[2].v: Invalid value: "integer": failed rule: self >= oldSelf"#,
        #"spec.name: Invalid value: "string": name is immutable"#,
      ])
  }

  @Test("that are not supported are named when the schema is read, and restrict nothing")
  func unsupported() throws {
    var unsupported: [String] = []
    let schema = try Schema(
      openAPI: ["type": "string", "x-kubernetes-validations": [["rule": "isURL(self)"]]], unsupported: &unsupported)
    #expect(
      unsupported == [
        "openAPIV3Schema.x-kubernetes-validations[0].rule: the function isURL is not supported; it is not enforced"
      ])
    #expect(schema.validate("x").isEmpty)
  }
}
