import Foundation
import Testing

@testable import Kubernetes

@Suite("Typed values as JSON in memory")
struct JSONValueEncoderTests {
  private struct Everything: Codable {
    var flag = true
    var text = "a\u{1F418}\"\n"
    var whole = -1
    var small: UInt8 = 255
    var large = Int64.max
    var fraction = 1.5
    var evenFraction = 5.0
    var hugeFraction = 1e300
    var nothing: String?
    var something: String? = "x"
    var list = [1, 2]
    var lists = [["a"], []]
    var map: [String: [Int?]] = ["x": [1, nil], "y": []]
    var any: JSON = ["deep": [1, 2.5, "x", .null, false]]
    var empty: [String: String] = [:]
  }

  /// As JSONEncoder and the parser of its bytes have it.
  private func byFoundation(_ value: some Encodable) throws -> JSON { try JSON(parsing: JSONEncoder().encode(value)) }

  @Test("are the same as through bytes")
  func sameAsFoundation() throws {
    #expect(try JSON(encoding: Everything()) == byFoundation(Everything()))
    #expect(try JSON(encoding: [1.0, 0.1, -0.0, 123_456_789]) == byFoundation([1.0, 0.1, -0.0, 123_456_789]))
    #expect(try JSON(encoding: ["a": Optional(1), "b": nil]) == ["a": 1, "b": .null])
    #expect(try JSON(encoding: "text") == "text")
    #expect(throws: EncodingError.self) { try JSON(encoding: Double.infinity) }
  }

  @Test("are the same for the API's own types, whose absent fields are not written")
  func declared() throws {
    let pod = Pod.named("p", in: "n") {
      $0.spec = .with {
        $0.containers = [.with { ($0.name, $0.command) = ("c", ["a", "b"]) }]
        $0.nodeSelector = ["a": "b"]
      }
    }
    #expect(try JSON(encoding: pod) == byFoundation(pod))
    #expect(try JSON(encoding: pod).decoded(as: Pod.self) == pod)
  }

  @Test("take containers within containers in any order")
  func nested() throws {
    struct Value: Encodable {
      enum Key: String, CodingKey { case a, b, c, d }

      func encode(to encoder: any Encoder) throws {
        var top = encoder.container(keyedBy: Key.self)
        var list = top.nestedUnkeyedContainer(forKey: .a)
        var inner = top.nestedContainer(keyedBy: Key.self, forKey: .b)
        try list.encode(1)
        var deep = list.nestedContainer(keyedBy: Key.self)
        try list.encode("after")
        try deep.encode(true, forKey: .c)
        try inner.encodeNil(forKey: .d)
        var again = encoder.container(keyedBy: Key.self)
        try again.encode("same", forKey: .c)
      }
    }
    let expected: JSON = ["a": [1, ["c": true], "after"], "b": ["d": .null], "c": "same"]
    #expect(try JSON(encoding: Value()) == expected)
  }

  @Test("have their defaults filled in only where one is missing")
  func defaults() throws {
    let bare: JSON = ["metadata": ["name": "p"], "spec": ["containers": [["name": "c"]]]]
    let pod = try bare.decoded(as: Pod.self)
    #expect(pod.spec?.restartPolicy == "Always")
    #expect(try JSON(encoding: pod).decoded(as: Pod.self) == pod)
    #expect(
      try (["metadata": [:], "spec": ["containers": [], "restartPolicy": .null]] as JSON).decoded(as: Pod.self).spec?
        .restartPolicy
        == "Always")
  }
}
