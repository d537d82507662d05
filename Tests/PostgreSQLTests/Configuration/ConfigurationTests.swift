import Testing

@testable import PostgreSQL

@Suite struct ConfigurationFileTests {
  @Test func linesAreSortedAndQuoted() {
    let text = ConfigurationFile.render(["work_mem": "4MB", "cluster_name": "it's a \\ herd", "a.b": "x\ny"])
    #expect(text == "a.b = 'x\\ny'\ncluster_name = 'it''s a \\\\ herd'\nwork_mem = '4MB'\n")
  }

  @Test(
    "whatever is rendered reads back", arguments: ["", "'", "\\", "a\nb\tc\rd", "\u{08}\u{0C}", "é 象", "'; x = 'y"])
  func roundTrip(value: String) throws {
    #expect(try ConfigurationFile.parse(ConfigurationFile.render(["n": value])) == ["n": value])
  }

  @Test func readsWhatAPersonWrote() throws {
    let text = """
      # a comment
      Work_Mem 4MB   # no equals sign, upper case
      port = 5432
      port = 5433
      include 'custom.conf'
      search_path = '"$user", public'
      """
    #expect(
      try ConfigurationFile.parse(text) == ["work_mem": "4MB", "port": "5433", "search_path": "\"$user\", public"])
  }

  @Test("says which line is wrong", arguments: ["a = 'open", "a = 1 2", "= 3"])
  func malformed(line: String) {
    #expect(throws: ConfigurationSyntaxError(line: 2, text: line)) {
      try ConfigurationFile.parse("ok = 1\n\(line)\n")
    }
  }
}

@Suite struct ConnectionStringTests {
  @Test func valuesAreQuotedOnlyWhereNeeded() {
    var string = ConnectionString([("host", "pg-rw"), ("options", "-c a=b"), ("password", "it's\\")])
    string["empty"] = ""
    #expect(string.text == #"host=pg-rw options='-c a=b' password='it\'s\\' empty=''"#)
  }
}

@Suite struct SynchronousStandbysTests {
  @Test func namesAreQuoted() {
    let standbys = SynchronousStandbys(method: .any, number: 1, names: ["pg-2", "odd\"name"])
    #expect(standbys.parameterValue == "ANY 1 (\"pg-2\",\"odd\"\"name\")")
  }
}
