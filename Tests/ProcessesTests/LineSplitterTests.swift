import Testing

@testable import matriarch_shim

@Suite("LineSplitter")
struct LineSplitterTests {
  private var splitter = LineSplitter(stream: "stdout")

  private mutating func split(_ text: String) -> String {
    String(decoding: splitter.split(Array(text.utf8)[...], at: "T").bytes, as: UTF8.self)
  }

  @Test("a line is an entry, also where it comes in pieces or is empty")
  mutating func lines() {
    #expect(split("a\nb") == "T stdout F a\n")
    #expect(split("c") == "")
    #expect(split("\n\n") == "T stdout F bc\nT stdout F \n")
  }

  @Test("the last line needs no end")
  mutating func end() {
    #expect(split("rest") == "")
    #expect(String(decoding: splitter.end(at: "U").bytes, as: UTF8.self) == "U stdout F rest\n")
    #expect(splitter.end(at: "U").count == 0)
  }

  @Test(
    "a line of exactly the longest length is one entry, one byte more makes two", arguments: [1, 7, 16384, 100_000])
  mutating func longest(chunk: Int) {
    let longest = String(repeating: "x", count: LineSplitter.longestPart)
    let text = Array("\(longest)\n\(longest)y\n".utf8)
    var result: [UInt8] = []
    for start in stride(from: 0, to: text.count, by: chunk) {
      result += splitter.split(text[start..<min(start + chunk, text.count)], at: "T").bytes
    }
    let wanted = "T stdout F \(longest)\nT stdout P \(longest)\nT stdout F y\n"
    let isAsWanted = result == Array(wanted.utf8)
    #expect(isAsWanted)
  }
}
