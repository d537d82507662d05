import PostgreSQL
import Testing

@testable import Backup

@Suite("What postgres may ask of the archive")
struct HelperQuestionTests {
  @Test("To archive a file, and to have one restored")
  func understood() throws {
    let segment = try #require(WALFileName("000000010000000000000001"))
    let history = try #require(WALFileName("00000002.history"))
    #expect(HelperQuestion("archive 000000010000000000000001") == .archive(segment))
    #expect(
      HelperQuestion("restore 000000010000000000000001 pg_wal/RECOVERYXLOG")
        == .restore(segment, to: "pg_wal/RECOVERYXLOG"))
    #expect(
      HelperQuestion("restore 00000002.history pg_wal/RECOVERYHISTORY")
        == .restore(history, to: "pg_wal/RECOVERYHISTORY"))
    #expect(
      HelperQuestion("restore 000000010000000000000001 pg_wal/000000010000000000000001")
        == .restore(segment, to: "pg_wal/000000010000000000000001"))
  }

  @Test(
    "Nothing else, and no path but in pg_wal",
    arguments: [
      "", "archive", "archive postgresql.conf", "archive 000000010000000000000001 x",
      "restore 000000010000000000000001",
      "restore 000000010000000000000001 pg_wal/../PG_VERSION", "restore 000000010000000000000001 /etc/passwd",
      "restore 000000010000000000000001 pg_wal/000000010000000000000002", "remove 000000010000000000000001",
    ])
  func refused(line: String) {
    #expect(HelperQuestion(line) == nil)
  }

  @Test("An answer is one line, whatever the error says")
  func oneLine() {
    #expect(HelperAnswer.failed("a\nb\r\nc").line == "failed a b c\n")
    #expect(HelperAnswer.done.line == "done\n")
  }
}
