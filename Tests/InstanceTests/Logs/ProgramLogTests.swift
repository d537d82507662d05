import Processes
import Synchronization
import Testing

@testable import Instance

@Suite struct ProgramLogTests {
  @Test func piecesBecomeLinesOfTheirStream() {
    let seen = Mutex<[String]>([])
    let lines = ProgramLines { stream, line in seen.withLock { $0.append("\(stream == .output ? 1 : 2)\(line)") } }
    lines.take(.output, Array("one\ntw".utf8))
    lines.take(.errorOutput, Array("oops".utf8))
    lines.take(.output, Array("o\n\n10%\r20%\r".utf8))
    #expect(seen.withLock { $0 } == ["1one", "1two", "110%", "120%"])
    lines.finish()
    #expect(seen.withLock { $0 }.last == "2oops")
  }
}
