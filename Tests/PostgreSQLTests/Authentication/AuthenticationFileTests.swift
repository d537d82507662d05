import Testing

@testable import PostgreSQL

@Suite struct HBALineTests {
  private let version = ServerVersion(major: 15)

  @Test(
    "accepts what PostgreSQL accepts",
    arguments: [
      "host all all all scram-sha-256",
      "hostssl app,reports  \"My User\", other 10.0.0.0/8 cert clientcert=verify-full map=x",
      "host all all 192.168.1.1 255.255.255.255 md5 # a comment",
      "hostssl all +group fd00::/8 ldap ldapserver=\"a b\" ldapprefix=\"cn=\" ldapsuffix=\",dc=x\"",
      "local all all peer map=local", "host all all .example.org reject", "host replication all samenet trust", "",
      "# x",
    ])
  func good(line: String) {
    #expect(HBALine.problem(in: line, version: version) == nil)
  }

  @Test(
    "refuses what would keep PostgreSQL from starting, and says why",
    arguments: [
      ("hots all all all md5", "unknown connection type \"hots\""),
      ("host", "the database is missing"),
      ("host all", "the user is missing"),
      ("host all all", "the address is missing"),
      ("host all all all", "the authentication method is missing"),
      ("host all all 10.0.0.0/33 md5", "is not a network"),
      ("host all all 10.0.0.1 md5", "lacks its mask"),
      ("host all all all scram", "unknown authentication method \"scram\""),
      ("host all all all peer", "for local connections only"),
      ("host all all all cert", "for hostssl connections only"),
      ("host all all all md5 map", "not of the form name=value"),
      ("host all all all md5 map=x", "has no option \"map\""),
      ("hostssl all all all scram-sha-256 clientcert=1", "must be verify-ca or verify-full"),
      ("host all all all ldap ldapserver=x", "needs the option ldapbasedn or ldapprefix"),
      ("host all \"x all md5", "not closed"),
      ("host all all all trust\nhost all all all trust", "line break"),
      ("host all all all trust\\", "backslash"),
      ("host @users all all md5", "names a file"),
      ("host all /^a all md5", "need PostgreSQL 16"),
      ("host all all all oauth issuer=x scope=y", "needs PostgreSQL 18"),
      ("include x.conf", "unknown connection type"),
    ])
  func bad(line: String, reason: String) throws {
    let problem = try #require(HBALine.problem(in: line, version: version))
    #expect(problem.contains(reason), "\(problem)")
  }
}

@Suite struct IdentLineTests {
  @Test func namesAreQuotedWhereNeeded() {
    #expect(IdentLine(map: "local", systemName: "a user", databaseUser: "postgres").text == "local \"a user\" postgres")
  }

  @Test func threeFieldsAreWanted() {
    #expect(IdentLine.problem(in: "map /^(.*)@x$ \\1") == nil)
    #expect(IdentLine.problem(in: "map user") != nil)
    #expect(IdentLine.problem(in: "map user a b") != nil)
  }
}
