import Testing

@testable import Instance

@Suite struct LastWordsTests {
  @Test func theReasonOfAFailedStartIsKeptOnce() {
    let words = LastWords()
    words.hear(line: "2026-11-23 10:00:00.000 UTC [7] LOG:  starting")
    words.hear(line: "2026-11-23 10:00:00.000 UTC [7] FATAL:  could not access file \"pgaudit\": No such file")
    #expect(words.take() == "could not access file \"pgaudit\": No such file")
    #expect(words.take() == nil)
  }

  @Test func aFileThatIsAskedForAgainAndAgainIsMissing() {
    let words = LastWords()
    let begin = ContinuousClock.now
    func ask(_ file: String, at second: Int) {
      let reason = "ERROR:  requested WAL segment \(file) has already been removed"
      let message = "could not receive data from WAL stream: \(reason)"
      words.hear(
        record: ["error_severity": "FATAL", "backend_type": "walreceiver", "message": .string(message)],
        now: begin + .seconds(second))
    }
    let (first, second) = ("0000004C000000000000002B", "0000004C000000000000002C")
    ask(first, at: 0)
    ask(first, at: 4)
    #expect(words.missingFile(for: .seconds(5), now: begin + .seconds(4)) == nil, "not for long enough")
    ask(first, at: 6)
    #expect(words.missingFile(for: .seconds(5), now: begin + .seconds(7)) == first)
    #expect(words.missingFile(for: .seconds(5), now: begin + .seconds(17)) == nil, "nobody asks any more")
    ask(second, at: 8)
    #expect(words.missingFile(for: .seconds(5), now: begin + .seconds(8)) == nil, "it has got further")
    ask(second, at: 14)
    #expect(words.missingFile(for: .seconds(5), now: begin + .seconds(14)) == second)
    words.forgetMissingFile()
    #expect(words.missingFile(for: .seconds(5), now: begin + .seconds(14)) == nil)
    #expect(words.take() == nil)
  }

  @Test func recoveryThatCannotTakeItsPrimarysTimelineHasForeignLog() {
    let words = LastWords()
    let begin = ContinuousClock.now
    func complain(_ position: String, at second: Int) {
      let message =
        "new timeline 3 forked off current database system timeline 2 before current recovery point \(position)"
      words.hear(
        record: ["error_severity": "LOG", "backend_type": "startup", "message": .string(message)],
        now: begin + .seconds(second))
    }
    complain("0/7000028", at: 0)
    #expect(!words.isForeign(for: .seconds(5), now: begin), "not for long enough")
    complain("0/8000028", at: 4)
    complain("0/8000028", at: 6)
    #expect(!words.isForeign(for: .seconds(5), now: begin + .seconds(6)), "it gets further")
    complain("0/8000028", at: 10)
    #expect(words.isForeign(for: .seconds(5), now: begin + .seconds(10)))
    #expect(!words.isForeign(for: .seconds(5), now: begin + .seconds(20)), "it has stopped saying so")
    words.forgetForeignLog()
    #expect(!words.isForeign(for: .seconds(5), now: begin + .seconds(10)))
  }

  @Test func aClientsFailedLoginIsNotTheServersEnd() {
    let words = LastWords()
    words.hear(record: ["error_severity": "FATAL", "backend_type": "client backend", "message": "no"])
    #expect(words.take() == nil)
    words.hear(record: [
      "error_severity": "PANIC", "backend_type": "checkpointer", "message": "no space", "detail": "x",
    ])
    #expect(words.take() == "no space; x")
  }
}
