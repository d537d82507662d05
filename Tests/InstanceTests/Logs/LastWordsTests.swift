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
