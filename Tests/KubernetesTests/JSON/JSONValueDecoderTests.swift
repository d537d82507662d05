import Foundation
import Testing

@testable import Kubernetes

@Suite("Typed values from JSON in memory")
struct JSONValueDecoderTests {
  private struct Everything: Codable, Equatable {
    var flag: Bool
    var text: String
    var whole: Int
    var small: UInt8
    var fraction: Double
    var nothing: String?
    var list: [Int]
    var lists: [[String]]
    var map: [String: [Int?]]
    var any: JSON
  }

  private func decode<Value: Decodable>(_ type: Value.Type, _ value: JSON) throws -> Value {
    try Value(from: JSONValueDecoder(value: value, codingPath: []))
  }

  @Test("are the same as from its bytes")
  func sameAsFoundation() throws {
    let json: JSON = [
      "flag": true, "text": "a", "whole": -1, "small": 255, "fraction": 1.5, "nothing": .null, "list": [1, 2],
      "lists": [["a"], []], "map": ["x": [1, .null]], "any": ["deep": [1, 2.5, "x", .null, false]],
    ]
    let value = try decode(Everything.self, json)
    #expect(value == (try JSONDecoder().decode(Everything.self, from: Data(json.serialized()))))
    #expect(value.any == json["any"])
  }

  @Test("take numbers for what they are, however they are written")
  func numbers() throws {
    #expect(try decode([Int].self, [5.0]) == [5])
    #expect(try decode([Double].self, [5]) == [5])
    for wrong in [1.5, 300, -1] as [JSON] {
      #expect(throws: DecodingError.self) { try decode([UInt8].self, [wrong]) }
    }
  }

  @Test(
    "name the place of what is wrong",
    arguments: [
      (["spec": ["instances": "three"]], "spec.instances", "Expected to decode Int but found a string instead."),
      (["spec": ["list": [1, true]]], "spec.list.Index 1", "Expected to decode Int but found bool instead."),
      (["spec": 1], "spec", "but found number instead."), ([:], "", "There is no member \"spec\"."),
    ] as [(JSON, String, String)])
  func errors(json: JSON, path: String, text: String) throws {
    struct Spec: Codable {
      var instances: Int?
      var list: [Int]?
    }
    struct Object: Codable { var spec: Spec }
    let error = try #require(throws: DecodingError.self) { try decode(Object.self, json) }
    switch error {
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
      .dataCorrupted(let context):
      #expect(context.codingPath.map(\.stringValue).joined(separator: ".") == path)
      #expect(context.debugDescription.hasSuffix(text))
    @unknown default: Issue.record(error)
    }
  }
}
