import Foundation
import Glibc
import Testing

@testable import Instance

@Suite struct LogOutputTests {
  @Test(
    "a reader that stalls holds up nobody who hands records over, and is told what it missed", .timeLimit(.minutes(1)))
  func stalled() async throws {
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    let output = LogOutput(descriptor: ends[1])
    func submit(_ text: String) { output.submit(level: "info", logger: "test", message: text, pod: "p", fields: [:]) }
    // More than a pipe and the queue hold: each of these returns at once, or this test never ends.
    for number in 0..<10_000 { submit("\(number)") }
    let reader = FileHandle(fileDescriptor: ends[0])
    var text = ""
    while !text.contains("records are missing here") {
      text += String(decoding: reader.availableData, as: UTF8.self)
      if text.hasSuffix("\n") { submit("more") }
    }
    #expect(text.contains("\"msg\":\"0\"") && !text.contains("\"msg\":\"9999\""))
    close(ends[1])
  }

  @Test("what was handed over before is written when a flush returns")
  func flush() async throws {
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    let output = LogOutput(descriptor: ends[1])
    output.submit(level: "error", logger: "test", message: "the last words", pod: "p", fields: [:])
    await output.flush()
    close(ends[1])
    let text = String(decoding: FileHandle(fileDescriptor: ends[0]).readDataToEndOfFile(), as: UTF8.self)
    #expect(text.contains("the last words"))
  }
}
