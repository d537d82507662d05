import Kubernetes
import Testing

@testable import Instance

@Suite struct ServerLogRecordTests {
  private func translate(_ line: String) -> (logger: String, record: JSON)? {
    ServerLogRecord.translate(Array(line.utf8))
  }

  @Test func keysAreThoseOfTheCSVColumnsAndValuesAreText() throws {
    let line = """
      {"timestamp":"2026-11-23 09:14:00.123 UTC","user":"app","dbname":"appdb","pid":42,"remote_host":"127.64.1.3",\
      "remote_port":50000,"session_id":"x.2a","line_num":1,"error_severity":"ERROR","state_code":"42P01",\
      "message":"relation \\"t\\" does not exist","statement":"select * from t","cursor_position":15,\
      "backend_type":"client backend","query_id":0}
      """
    let (logger, record) = try #require(translate(line))
    #expect(logger == "postgres")
    #expect(record["process_id"] == "42")
    #expect(record["connection_from"] == "127.64.1.3:50000")
    #expect(record["sql_state_code"] == "42P01")
    #expect(record["query"] == "select * from t")
    #expect(record["query_pos"] == "15")
    #expect(record["database_name"] == "appdb")
  }

  @Test func auditRecordsAreTakenApart() throws {
    let line = """
      {"error_severity":"LOG","message":"AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.t,\\"select \\"\\"a\\"\\", 1\\",<none>"}
      """
    let (logger, record) = try #require(translate(line))
    #expect(logger == "pgaudit")
    #expect(record["message"] == nil)
    #expect(record["audit"]?["class"] == "READ")
    #expect(record["audit"]?["statement"] == "select \"a\", 1")
    #expect(record["audit"]?["rows"] == nil)
  }

  @Test("an audit message that cannot be read stays a message", arguments: ["AUDIT: SESSION,1", "AUDIT: \"open"])
  func oddAudit(message: String) throws {
    let json = JSON.object(["error_severity": "LOG", "message": .string(message)])
    #expect(try #require(translate(json.text)).logger == "postgres")
  }

  @Test("other lines are nobody's record", arguments: ["", "plain text", "{\"level\":\"info\"}", "[1]"])
  func other(line: String) {
    #expect(translate(line) == nil)
  }
}
