import Testing

@testable import Kubernetes

@Suite("A line splitter")
struct LineSplitterTests {
  @Test("gives the same lines however the bytes arrive", arguments: 1...7)
  func pieces(size: Int) throws {
    let text = Array("one\n\nthree\r\nfour".utf8)
    var splitter = LineSplitter(limit: 100)
    var lines: [String] = []
    for start in stride(from: 0, to: text.count, by: size) {
      splitter.append(text[start..<min(start + size, text.count)])
      while let line = try splitter.next() { lines.append(String(decoding: line, as: UTF8.self)) }
    }
    #expect(lines == ["one", "", "three\r"])
    #expect(splitter.rest().map { String(decoding: $0, as: UTF8.self) } == "four")
    #expect(splitter.rest() == nil)
  }

  @Test("refuses a line without end")
  func tooLong() throws {
    var splitter = LineSplitter(limit: 4)
    splitter.append("1234".utf8)
    #expect(try splitter.next() == nil)
    splitter.append("5".utf8)
    #expect(throws: LineSplitter.LineTooLong.self) { try splitter.next() }
  }
}
