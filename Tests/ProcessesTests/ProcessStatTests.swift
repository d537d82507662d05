import Glibc
import Testing

@testable import Processes

@Suite("ProcessStat")
struct ProcessStatTests {
  @Test("finds its fields behind a name with spaces and parentheses")
  func parse() throws {
    let fields = (4...52).map(String.init).joined(separator: " ")
    let stat = try #require(ProcessStat(parsing: "7 (a) S (b c)) Z \(fields)"))
    #expect(stat.state == "Z")
    #expect(stat.parent == 4)
    #expect(stat.startTime == 22)
  }

  @Test("what is cut short is nothing", arguments: ["", "1 (a", "1 (a) S 2 3"])
  func short(text: String) { #expect(ProcessStat(parsing: text) == nil) }

  @Test("reads that of this process")
  func own() throws { #expect(try #require(ProcessStat(of: getpid())).parent == getppid()) }
}
