import Testing

@testable import Kubernetes

/// Random documents for the properties of the patch algorithms.
struct RandomJSON {
  /// Objects hold no nulls, which a merge patch cannot express.
  static func value(_ random: inout SeededRandom, depth: Int = 0) -> JSON {
    switch Int.random(in: 0..<(depth > 3 ? 4 : 7), using: &random) {
    case 0: return .int(.random(in: -2...2, using: &random))
    case 1: return .string(["a", "b", ""].randomElement(using: &random) ?? "")
    case 2: return .bool(.random(using: &random))
    case 3: return .double(0.5)
    case 4:
      return .array((0..<Int.random(in: 0..<3, using: &random)).map { _ in value(&random, depth: depth + 1) })
    default: return object(&random, depth: depth)
    }
  }

  static func object(_ random: inout SeededRandom, depth: Int = 0) -> JSON {
    var members: [String: JSON] = [:]
    for name in ["a", "b", "c", "d"] where Bool.random(using: &random) {
      members[name] = value(&random, depth: depth + 1)
    }
    return .object(members)
  }
}

@Suite("A merge patch")
struct MergePatchTests {
  @Test(
    "does what RFC 7396's appendix says",
    arguments: [
      (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
      (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
      (#"{"a":"b"}"#, #"{"a":null}"#, #"{}"#),
      (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
      (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
      (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
      (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
      (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
      (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
      (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#),
      (#"{"a":"foo"}"#, #"null"#, #"null"#),
      (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
      (#"[1,2]"#, #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
      (#"{}"#, #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    ])
  func appendix(original: String, patch: String, result: String) throws {
    #expect(try MergePatch.apply(JSON(parsing: patch), to: JSON(parsing: original)) == JSON(parsing: result))
  }

  @Test("made of two documents makes the second of the first")
  func difference() {
    var random = SeededRandom.announced()
    for _ in 0..<1000 {
      let old = RandomJSON.object(&random)
      let new = RandomJSON.object(&random)
      let patch = MergePatch.difference(from: old, to: new)
      #expect(MergePatch.apply(patch, to: old) == new, "\(old.text) → \(new.text) by \(patch.text)")
    }
    let same = RandomJSON.object(&random)
    #expect(MergePatch.difference(from: same, to: same) == [:])
  }
}
