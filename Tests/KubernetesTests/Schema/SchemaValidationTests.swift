import Testing

@testable import Kubernetes

@Suite("Validation speaks Kubernetes' words")
struct SchemaValidationTests {
  private func parse(_ text: String) throws -> Schema {
    var unsupported: [String] = []
    let schema = try Schema(openAPI: JSON(parsing: text), unsupported: &unsupported)
    #expect(unsupported.isEmpty)
    return schema
  }

  private func messages(_ schema: String, _ value: JSON) throws -> [String] {
    let spec = try parse(#"{"type":"object","properties":{"x":\#(schema)}}"#)
    return spec.validate(["x": value], at: "spec").map(\.message)
  }

  @Test(
    "of one value",
    arguments: [
      (
        #"{"type":"integer"}"#, "a",
        #"spec.x: Invalid value: "string": spec.x in body must be of type integer: "string""#
      ),
      (
        #"{"type":"integer"}"#, 1.5,
        #"spec.x: Invalid value: "number": spec.x in body must be of type integer: "number""#
      ),
      (#"{"type":"string"}"#, .null, #"spec.x: Invalid value: "null": spec.x in body must be of type string: "null""#),
      (
        #"{"type":"integer","minimum":1}"#, 0,
        "spec.x: Invalid value: 0: spec.x in body should be greater than or equal to 1"
      ),
      (
        #"{"type":"integer","maximum":2000000}"#, 3_000_000,
        "spec.x: Invalid value: 3000000: spec.x in body should be less than or equal to 2e+06"
      ),
      (
        #"{"type":"number","minimum":0,"exclusiveMinimum":true}"#, 0,
        "spec.x: Invalid value: 0: spec.x in body should be greater than 0"
      ),
      (#"{"type":"string","enum":["a","b"]}"#, "y", #"spec.x: Unsupported value: "y": supported values: "a", "b""#),
      (
        #"{"type":"string","pattern":"^[a-z]*$"}"#, "A",
        #"spec.x: Invalid value: "A": spec.x in body should match '^[a-z]*$'"#
      ),
      (
        #"{"type":"string","minLength":1}"#, "",
        #"spec.x: Invalid value: "": spec.x in body should be at least 1 chars long"#
      ),
      (#"{"type":"string","maxLength":1}"#, "ab", "spec.x: Too long: may not be more than 1 bytes"),
      (
        #"{"type":"string","format":"date-time"}"#, "now",
        #"spec.x: Invalid value: "now": spec.x in body must be of type date-time: "now""#
      ),
      (
        #"{"type":"integer","format":"int32"}"#, 3_000_000_000,
        "spec.x: Invalid value: 3000000000: Checked value must be of type integer with format int32 in spec.x"
      ),
      (
        #"{"type":"array","maxItems":1,"items":{"type":"integer"}}"#, [1, 2],
        "spec.x: Too many: 2: must have at most 1 items"
      ),
      (
        #"{"type":"array","items":{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}}"#,
        [[:]],
        "spec.x[0].name: Required value"
      ),
      (
        #"{"type":"object","additionalProperties":{"type":"string"}}"#, ["a": 1],
        #"spec.x.a: Invalid value: "integer": spec.x.a in body must be of type string: "integer""#
      ),
      (
        #"{"x-kubernetes-int-or-string":true,"anyOf":[{"type":"integer"},{"type":"string"}]}"#, true,
        #"spec.x: Invalid value: "boolean": spec.x in body must be of type integer,string: "boolean""#
      ),
      (
        #"{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}}"#, ["a", "a"],
        #"spec.x[1]: Duplicate value: "a""#
      ),
      (
        #"{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["n"],"items":{"type":"object","properties":{"n":{"type":"string"}}}}"#,
        [["n": "a"], ["n": "a"]], #"spec.x[1]: Duplicate value: {"n":"a"}"#
      ),
    ] as [(String, JSON, String)])
  func messages(schema: String, value: JSON, message: String) throws {
    #expect(try messages(schema, value) == [message])
  }

  @Test(
    "and accepts what is right",
    arguments: [
      (#"{"type":"integer"}"#, 1.0), (#"{"type":"number"}"#, 1), (#"{"type":"string","nullable":true}"#, .null),
      (#"{"x-kubernetes-int-or-string":true}"#, "25%"), (#"{"type":"string","format":"password"}"#, "x"),
      (#"{"type":"string","format":"date-time"}"#, "2024-02-29T23:59:59.123+02:00"),
      (#"{"type":"string","format":"byte"}"#, "aGk="), (#"{"type":"integer","enum":[1,2]}"#, 2.0),
      (#"{"type":"object","x-kubernetes-preserve-unknown-fields":true}"#, ["any": [1]]),
    ] as [(String, JSON)])
  func accepted(schema: String, value: JSON) throws {
    #expect(try messages(schema, value) == [])
  }

  @Test("of combined schemas, which Kubernetes reports without a path")
  func combinations() throws {
    let schema = try parse(
      """
      {"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},
       "oneOf":[{"required":["a"]},{"required":["b"]}],"not":{"required":["c"]},"anyOf":[{"minProperties":1}]}
      """)
    #expect(schema.validate(["a": "1"], at: "spec").isEmpty)
    #expect(
      schema.validate(["a": "1", "b": "2"], at: "spec").map(\.message) == [
        #"<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives"#
      ])
    #expect(
      schema.validate(["a": "1", "c": "2"], at: "spec").map(\.message) == [
        #"<nil>: Invalid value: "": "spec" must not validate the schema (not)"#
      ])
  }

  @Test("and joins several problems into one, with a cause for each")
  func aggregate() {
    let errors: [FieldError] = [
      .required("spec.instances"), .invalid("spec.size", "x\ty", "no size"), .required("spec.instances"),
    ]
    #expect(
      errors.aggregateMessage(kind: "Cluster", group: "postgresql.cnpg.io", name: "demo")
        == #"Cluster.postgresql.cnpg.io "demo" is invalid: [spec.instances: Required value, "#
        + #"spec.size: Invalid value: "x\ty": no size]"#)
    #expect(
      errors[1].cause == [
        "reason": "FieldValueInvalid", "message": #"Invalid value: "x\ty": no size"#, "field": "spec.size",
      ])
    #expect(
      [errors[0]].aggregateMessage(kind: "Pod", group: "", name: "p")
        == #"Pod "p" is invalid: spec.instances: Required value"#)
  }

  @Test(
    "and prints numbers as Go does",
    arguments: [
      (1, "1"), (0.5, "0.5"), (100_000, "100000"), (1e6, "1e+06"), (1_234_567.5, "1.2345675e+06"),
      (-2.5e-7, "-2.5e-07"),
      (0.0001, "0.0001"), (1e22, "1e+22"), (0, "0"), (12.25, "12.25"), (2_147_483_647, "2.147483647e+09"),
    ] as [(Double, String)])
  func floats(value: Double, text: String) { #expect(goFloat(value) == text) }
}

@Suite("Pruning")
struct PruningTests {
  @Test("drops what the schema does not know and names it")
  func dropped() {
    var paths: [String] = []
    let pod: JSON = [
      "kind": "Pod", "metadata": ["name": "p", "labels": ["any": "thing"], "colour": "red"],
      "spec": ["containers": [["name": "c", "foo": 1]], "bar": 2],
    ]
    let pruned = Pod.schema.pruning(pod, dropped: &paths)
    #expect(paths == ["metadata.colour", "spec.bar", "spec.containers[0].foo"])
    #expect(
      pruned == [
        "kind": "Pod", "metadata": ["name": "p", "labels": ["any": "thing"]], "spec": ["containers": [["name": "c"]]],
      ])
    #expect(
      StrictDecoding.message(unknown: paths, duplicates: ["spec.containers[0].name"])
        == #"strict decoding error: unknown field "metadata.colour", unknown field "spec.bar", "#
        + #"unknown field "spec.containers[0].foo", duplicate field "spec.containers[0].name""#)
    #expect(StrictDecoding.message(unknown: [], duplicates: []) == nil)
    let many = StrictDecoding.problems(unknown: (0..<99).map(String.init), duplicates: ["a", "b", "c"])
    #expect(many.count == 101)
    #expect(many.suffix(2) == [#"duplicate field "a""#, "and 2 more"])
  }

  @Test("keeps the metadata of a custom resource whatever its schema says of it")
  func metadata() {
    var schema = Schema(.object)
    schema.properties["metadata"] = Schema(.object)
    schema.properties["raw"] = .anything
    var paths: [String] = []
    let value: JSON = ["apiVersion": "v1", "metadata": ["name": "a", "x": 1], "raw": ["deep": ["er": 1]]]
    let pruned = schema.asResource.pruning(value, dropped: &paths)
    #expect(paths == ["metadata.x"])
    #expect(pruned["raw"] == ["deep": ["er": 1]])
  }

  @Test("of nulls makes them absent unless they are wanted")
  func nulls() {
    var schema = Schema(.object)
    schema.properties = ["a": Schema(.string), "b": Schema(.string), "c": .anything]
    schema.properties["b"]?.nullable = true
    #expect(schema.droppingNulls(["a": .null, "b": .null, "c": ["d": .null]]) == ["b": .null, "c": ["d": .null]])
  }
}

@Suite("A schema in OpenAPI")
struct OpenAPITests {
  @Test("comes back as it was written", arguments: [Pod.schema, ConfigMap.schema, Service.schema, Deployment.schema])
  func roundTrip(schema: Schema) throws {
    var unsupported: [String] = []
    #expect(try Schema(openAPI: schema.openAPI(), unsupported: &unsupported).openAPI() == schema.openAPI())
    #expect(unsupported == [])
  }

  @Test("that Kubernetes would refuse is refused, all reasons at once")
  func malformed() throws {
    var unsupported: [String] = []
    let json: JSON = [
      "type": "object",
      "properties": [
        "a": ["type": "strnig"], "b": ["type": "string", "pattern": "("], "c": [:],
        "d": ["type": "array", "items": ["type": "string"], "x-kubernetes-list-type": "map"],
      ],
    ]
    do {
      _ = try Schema(openAPI: json, unsupported: &unsupported)
      Issue.record("accepted")
    } catch {
      let messages = error.errors.map(\.message)
      #expect(
        messages.contains {
          $0.hasPrefix(#"openAPIV3Schema.properties[a].type: Unsupported value: "strnig": supported values: "array""#)
        })
      #expect(
        messages.contains(
          #"openAPIV3Schema.properties[b].pattern: Invalid value: "(": must be a valid regular expression, but isn't: "#
            + "error parsing regexp: missing closing ): `(`"))
      #expect(
        messages.contains(
          "openAPIV3Schema.properties[c].type: Required value: must not be empty for specified object fields"))
      #expect(messages.contains { $0.hasPrefix("openAPIV3Schema.properties[d].x-kubernetes-list-map-keys: Required") })
    }
  }

  @Test("is read with a note of everything that will not be enforced")
  func unsupported() throws {
    var unsupported: [String] = []
    let json: JSON = [
      "type": "string", "x-vendor": 1, "pattern": #"\p{Greek}"#, "title": "harmless", "format": "isbn",
      "x-kubernetes-validations": [["rule": "self == oldSelf", "optionalOldSelf": true]],
    ]
    _ = try Schema(openAPI: json, unsupported: &unsupported)
    #expect(unsupported.count == 4)
    for text in [
      "x-vendor: x-vendor is not supported and not enforced",
      #"format: the format "isbn" is not supported and not enforced"#,
      "x-kubernetes-validations[0].optionalOldSelf: not supported, the rule is enforced without it",
    ] {
      #expect(unsupported.contains("openAPIV3Schema.\(text)"), "\(unsupported)")
    }
  }

  @Test("has defaults that its values may have")
  func defaults() throws {
    var unsupported: [String] = []
    let object: JSON = [
      "type": "object", "default": [:], "required": ["n"],
      "properties": ["n": ["type": "integer", "minimum": 1, "default": 1]],
    ]
    #expect(try Schema(openAPI: object, unsupported: &unsupported).defaulting([:]) == ["n": 1])
    var wrong = object
    wrong[path: ["properties", "n", "default"]] = 0
    #expect(throws: SchemaError.self) { try Schema(openAPI: wrong, unsupported: &unsupported) }
    wrong = object
    wrong["default"] = ["n": "one"]
    do {
      _ = try Schema(openAPI: wrong, unsupported: &unsupported)
      Issue.record("accepted")
    } catch {
      #expect(error.errors.map(\.path) == ["openAPIV3Schema.default.n"])
    }
  }
}
