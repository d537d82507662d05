import ClusterAPI
import PostgreSQL
import Testing

@testable import Instance

@Suite struct InitialDatabaseTests {
  private func make(major: Int = 15, _ fill: (inout InitDBBootstrap) -> Void) throws -> InitialDatabase {
    try InitialDatabase(
      .with { bootstrap in bootstrap.initdb = .with { fill(&$0) } }, version: ServerVersion(major: major))
  }

  @Test func withoutAWordThereIsDatabaseAppOfOwnerApp() throws {
    let plan = try InitialDatabase(nil, version: ServerVersion(major: 15))
    #expect(plan.database == "app" && plan.owner == "app")
    #expect(plan.options == ["--encoding=UTF8", "--lc-collate=C", "--lc-ctype=C"])
  }

  @Test func theOwnerIsNamedLikeTheDatabase() throws {
    #expect(try make { $0.database = "shop" }.owner == "shop")
  }

  @Test func everyFieldBecomesAnOption() throws {
    let plan = try make {
      $0.dataChecksums = true
      $0.encoding = "LATIN1"
      $0.locale = "en_US.UTF-8"
      $0.localeProvider = "icu"
      $0.icuLocale = "und"
      $0.icuRules = "&a < b"
      $0.walSegmentSize = 32
    }
    #expect(
      plan.options == [
        "--data-checksums", "--encoding=LATIN1", "--locale=en_US.UTF-8", "--locale-provider=icu", "--icu-locale=und",
        "--icu-rules=&a < b", "--wal-segsize=32",
      ])
  }

  @Test func givenOptionsReplaceAllOthers() throws {
    let plan = try make {
      $0.options = ["-E", "UTF8"]
      $0.dataChecksums = true
    }
    #expect(plan.options == ["-E", "UTF8"])
  }

  @Test func checksumsAreSwitchedOffOnlyWhereTheyAreOnByDefault() throws {
    #expect(try make(major: 17) { $0.dataChecksums = false }.options.first == "--encoding=UTF8")
    #expect(try make(major: 18) { $0.dataChecksums = false }.options.first == "--no-data-checksums")
  }

  @Test func whatIsNotBuiltIsRefusedByName() {
    let importing = Bootstrap.with { $0.initdb = .with { $0.import = LogicalImport() } }
    #expect(throws: InstanceProblem.self) { try InitialDatabase(importing, version: ServerVersion(major: 15)) }
  }
}
