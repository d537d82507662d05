import Testing

@testable import Kubernetes

@Suite("Parsing JSON")
struct JSONParsingTests {
  static let texts: [(String, JSON)] = [
    ("null", .null), (" true ", .bool(true)), ("-0", .int(0)), ("9223372036854775807", .int(.max)),
    ("1.0", .double(1)), ("1e2", .double(100)), ("9223372036854775808", .double(9_223_372_036_854_775_808)),
    (#""a\u00e9\n\/\ud83d\ude00""#, .string("aé\n/😀")), ("[]", .array([])), ("{}", .object([:])),
    (#"{"a":[1,{"b":null}]}"#, ["a": [1, ["b": .null]]]),
  ]

  @Test("reads what RFC 8259 allows", arguments: texts)
  func valid(text: String, expected: JSON) throws {
    #expect(try JSON(parsing: text) == expected)
  }

  @Test(
    "refuses what it does not",
    arguments: [
      "", " ", "nul", "01", "-", "1.", ".5", "1e", "+1", "[1,]", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "\"a", "\"\\x\"",
      "\"\\ud800\"", "\"\\u12g4\"", "\"\u{1}\"", "[1] 2", "1e999", "NaN",
    ])
  func invalid(text: String) {
    #expect(throws: JSONError.self) { try JSON(parsing: text) }
  }

  @Test("refuses bytes that are no UTF-8")
  func encoding() {
    #expect(throws: JSONError.self) { try JSON(parsing: [UInt8(ascii: "\""), 0xFF, UInt8(ascii: "\"")]) }
  }

  @Test("stops at a depth, long before its stack does")
  func depth() throws {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: JSONError.self) { try JSON(parsing: deep) }
    let allowed = String(repeating: "[", count: 255) + String(repeating: "]", count: 255)
    #expect(throws: Never.self) { try JSON(parsing: allowed) }
  }

  @Test("names members that stand twice by their path; the last one counts")
  func duplicates() throws {
    var found: [String] = []
    let text = #"{"a":1,"spec":{"containers":[{"name":"x","name":"y"}]},"a":2}"#
    let value = try JSON(parsing: Array(text.utf8)) { found.append($0) }
    #expect(found == ["spec.containers[0].name", "a"])
    #expect(value["a"] == 2)
  }

  @Test("whatever is written is read again, a thousand random values")
  func roundTrip() throws {
    var random = SeededRandom.announced()
    for _ in 0..<1000 {
      let value = JSON.random(depth: 4, using: &random)
      #expect(try JSON(parsing: value.serialized()) == value)
    }
  }
}

extension JSON {
  fileprivate static func random(depth: Int, using random: inout SeededRandom) -> JSON {
    switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
    case 0: .null
    case 1: .bool(.random(using: &random))
    case 2: .int(.random(in: .min ... .max, using: &random))
    case 3: .double(Double(Int.random(in: -1000...1000, using: &random)) / 8)
    case 4: .string(text(using: &random))
    case 5: .array((0..<Int.random(in: 0..<4, using: &random)).map { _ in .random(depth: depth - 1, using: &random) })
    default:
      .object(
        Dictionary(
          (0..<Int.random(in: 0..<4, using: &random)).map { _ in
            (text(using: &random), JSON.random(depth: depth - 1, using: &random))
          }, uniquingKeysWith: { $1 }))
    }
  }

  private static func text(using random: inout SeededRandom) -> String {
    let alphabet: [Character] = ["a", "\"", "\\", "\n", "\u{1}", "é", "😀", "/", " "]
    return String(
      (0..<Int.random(in: 0..<6, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "a" })
  }
}
