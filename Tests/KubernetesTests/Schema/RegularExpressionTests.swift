import Foundation
import Testing

@testable import Kubernetes

@Suite("A regular expression")
struct RegularExpressionTests {
  @Test(
    "matches as RE2 does",
    arguments: [
      ("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", ["a", "a-b", "0"], ["", "-a", "a-", "A"]),
      ("^[1-9][0-9]*[dwm]$", ["30d", "1w"], ["0d", "d", "30"]),
      ("b", ["abc"], ["acd"]),
      ("", ["", "x"], []),
      ("^(a|b)+c{2,3}$", ["abcc", "bccc"], ["acccc", "ac", "cc"]),
      ("(?i)^hello$", ["HeLLo"], ["help"]),
      ("^(?:x(?i)y)z$", ["xyz", "xYz"], ["XYz", "xyZ"]),
      (#"^\d{3}-\w+\s\S$"#, ["123-ab x"], ["12-ab x", "123-ab  "]),
      (#"^[[:alpha:]_][^\d]$"#, ["a_", "_x"], ["1a", "a1"]),
      (#"\bcat\b"#, ["a cat.", "cat"], ["concat"]),
      ("^.$", ["é", "😀"], ["\n", ""]),
      (#"^\p{Lu}\pL*$"#, ["Éa", "Z"], ["éa", "1"]),
      (#"^\Qa.b\E+$"#, ["a.b", "a.bb"], ["axb"]),
      ("^a{,2}$", ["a{,2}"], ["aa"]),
      ("^[]a]$", ["]", "a"], ["b"]),
      ("^(|a)*$", ["", "aa"], ["b"]),
      (#"^\x41\x{1F600}$"#, ["A😀"], ["A"]),
      ("(?m)^b$", ["a\nb\nc"], ["abc"]),
    ])
  func matches(pattern: String, yes: [String], no: [String]) throws {
    let expression = try RegularExpression(pattern)
    for text in yes { #expect(expression.matches(text), "\(pattern) on \(text)") }
    for text in no { #expect(!expression.matches(text), "\(pattern) on \(text)") }
  }

  @Test(
    "that is none is refused, and what RE2 lacks too",
    arguments: [
      "(", ")", "[", "[b-a]", "a**", "*", "+a", #"\"#, #"\8"#, "(?=a)", "(?<!a)b", #"(a)\1"#, "a{2,1}", "a{1001}",
      "((a{1000}){1000}){1000}", "(?P<n", String(repeating: "(", count: 100_000), "[[:nothing:]]",
    ])
  func malformed(pattern: String) {
    #expect(throws: RegularExpressionError.self) { try RegularExpression(pattern) }
  }

  @Test("takes linear time where a backtracking engine would never end")
  func linear() throws {
    let text = String(repeating: "a", count: 5_000) + "b"
    for pattern in ["^(a+)+$", "^(a|aa)+$", "^(a?){100}a{100}$", "^((((){1000}){1000}){1000}){1000}$"] {
      let started = ContinuousClock.now
      #expect(try !RegularExpression(pattern).matches(text))
      #expect(ContinuousClock.now - started < .seconds(5))
    }
  }

  @Test("agrees with another engine on random patterns and texts")
  func random() throws {
    var random = SeededRandom.announced()
    func pattern(_ depth: Int, _ random: inout SeededRandom) -> String {
      switch Int.random(in: 0..<(depth > 3 ? 3 : 8), using: &random) {
      case 0: return "a"
      case 1: return "[ab]"
      case 2: return "b"
      case 3: return pattern(depth + 1, &random) + pattern(depth + 1, &random)
      case 4: return "(\(pattern(depth + 1, &random))|\(pattern(depth + 1, &random)))"
      case 5: return "(\(pattern(depth + 1, &random)))*"
      case 6: return "(\(pattern(depth + 1, &random)))?"
      default: return "(\(pattern(depth + 1, &random))){1,2}"
      }
    }
    for _ in 0..<300 {
      let source = "^\(pattern(0, &random))$"
      let mine = try RegularExpression(source)
      let other = try NSRegularExpression(pattern: source)
      for _ in 0..<6 {
        let text = String(
          (0..<Int.random(in: 0..<7, using: &random)).map { _ in "abc".randomElement(using: &random) ?? "a" })
        let expected = other.firstMatch(in: text, range: NSRange(location: 0, length: text.utf16.count)) != nil
        #expect(mine.matches(text) == expected, "\(source) on \(text)")
      }
    }
  }
}
