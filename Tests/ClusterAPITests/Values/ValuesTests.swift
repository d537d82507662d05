import Testing

@testable import ClusterAPI

@Suite("An image reference")
struct ImageReferenceTests {
  @Test(
    "is taken apart",
    arguments: [
      ("pg:16.4-2", "pg", "16.4-2", nil), ("host:5000/a/pg", "host:5000/a/pg", "latest", nil),
      ("pg@sha256:ab", "pg", nil, "sha256:ab"), ("pg:17@sha256:ab", "pg", "17", "sha256:ab"),
    ] as [(String, String, String?, String?)])
  func parts(text: String, repository: String, tag: String?, digest: String?) {
    let image = ImageReference(text)
    #expect(image.repository == repository)
    #expect(image.tag == tag)
    #expect(image.digest == digest)
  }

  @Test(
    "tells a version by its tag",
    arguments: [
      ("pg:16.4-2-bookworm", "16.4"), ("pg:17beta1", "17.0"), ("pg:18.6-system-trixie", "18.6"), ("pg:9.6.24", "9.6"),
    ])
  func versions(text: String, version: String) {
    #expect(ImageReference(text).version?.description == version)
  }

  @Test("tells none by a tag that does not begin with a number", arguments: ["pg:latest", "pg:.5", "pg:v16", "pg:"])
  func noVersion(_ text: String) {
    #expect(ImageReference(text).version == nil)
  }
}

@Suite("A duration in Go's form")
struct GoDurationTests {
  @Test(
    "is read",
    arguments: [
      ("1h30m", .seconds(5400)), ("0", .zero), ("0s", .zero), ("1.5s", .milliseconds(1500)), ("-2m", .seconds(-120)),
      (".5s", .milliseconds(500)), ("100ms", .milliseconds(100)),
    ] as [(String, Duration)])
  func read(text: String, duration: Duration) {
    #expect(GoDuration.parse(text) == duration)
  }

  @Test("is refused without number or unit", arguments: ["", "1", "h", "1x", "1..5s", "s1", "-", "99999999999h"])
  func refused(_ text: String) {
    #expect(GoDuration.parse(text) == nil)
  }
}

@Suite("A schedule")
struct CronScheduleTests {
  private static let star = CronSchedule.star

  private static func all(_ range: ClosedRange<Int>) -> UInt64 { range.reduce(0) { $0 | 1 << UInt64($1) } }

  @Test("of six fields begins with the seconds")
  func sixFields() throws {
    #expect(
      try CronSchedule("0 15 * ? jan-mar/2 sun,3")
        == .fields([
          1, 1 << 15, Self.all(0...23) | Self.star, Self.all(1...31) | Self.star, 1 << 1 | 1 << 3, 1 | 1 << 3,
        ]))
  }

  @Test("of five fields has no weekday")
  func fiveFields() throws {
    #expect(try CronSchedule("0 0 * * *") == CronSchedule("0 0 * * * *"))
  }

  @Test("may be a word")
  func words() throws {
    #expect(try CronSchedule("@daily") == CronSchedule("0 0 0 * * *"))
    #expect(try CronSchedule("@every 1h30m") == .every(.seconds(5400)))
    #expect(try CronSchedule("@every 10ms") == .every(.seconds(1)))
  }

  @Test("begins a step at its number and goes on to the end")
  func steps() throws {
    guard case .fields(let fields) = try CronSchedule("50/5 * * * * *") else {
      Issue.record("no fields")
      return
    }
    #expect(fields[0] == 1 << 50 | 1 << 55)
  }

  @Test(
    "is refused with the words of the original",
    arguments: [
      ("", "Empty spec string"),
      ("0 0 * *", "Expected 5 to 6 fields, found 4: 0 0 * *"),
      ("60 0 * * * *", "End of range (60) above maximum (59): 60"),
      ("0 0 0 0 * *", "Beginning of range (0) below minimum (1): 0"),
      ("0 0 0 * * 7", "End of range (7) above maximum (6): 7"),
      ("0 5-1 * * * *", "Beginning of range (5) beyond end of range (1): 5-1"),
      ("0 1-2-3 * * * *", "Too many hyphens: 1-2-3"),
      ("0 */2/3 * * * *", "Too many slashes: */2/3"),
      ("0 */0 * * * *", "Step of range should be a positive number: */0"),
      ("0 x * * * *", #"Failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax"#),
      ("@often", "Unrecognized descriptor: @often"),
    ])
  func refused(text: String, message: String) {
    #expect(throws: CronSchedule.ParseError(message: message)) { try CronSchedule(text) }
  }
}

@Suite("Names of a cluster's objects")
struct ObjectNamesTests {
  @Test("carry tablespaces in a form that Kubernetes knows")
  func tablespaces() {
    #expect(ObjectNames.tablespaceVolume(of: "pg-1", tablespace: "_Big$One") == "pg-1-tbs-1big-one")
  }

  @Test("of webhooks are those of CloudNativePG")
  func webhooks() {
    #expect(
      WebhookEndpoint.all.filter { $0.kind == "Cluster" }.map { "\($0.name) \($0.path)" } == [
        "mcluster.cnpg.io /mutate-postgresql-cnpg-io-v1-cluster",
        "vcluster.cnpg.io /validate-postgresql-cnpg-io-v1-cluster",
      ])
    #expect(WebhookEndpoint.all.count - WebhookEndpoint.schemaOnly.count == 9)
  }
}

@Suite("A Cluster tells")
struct ClusterAnswersTests {
  @Test("the names of its instances' slots, in characters that slots may have")
  func slots() throws {
    let cluster = try Examples.cluster("{}")
    #expect(cluster.usesReplicationSlots)
    #expect(cluster.slotName(of: "pg-1") == "_cnpg_pg_1")
    #expect(cluster.slotName(of: "a_--b.1") == "_cnpg_a__b_1")
  }

  @Test("its application's database, however it began")
  func application() throws {
    let cluster = try Examples.cluster(#"{"spec":{"bootstrap":{"recovery":{"database":"d","owner":"o"}}}}"#)
    #expect(cluster.applicationDatabase == "d")
    #expect(cluster.applicationOwner == "o")
  }

  @Test("the names of its Secrets, users' own before made ones")
  func secrets() throws {
    let cluster = try Examples.cluster(
      #"{"spec":{"bootstrap":{"initdb":{"secret":{"name":"mine"}}},"certificates":{"serverCASecret":"ca"}}}"#)
    #expect(cluster.applicationSecretName == "mine")
    #expect(cluster.superuserSecretName == "pg-superuser")
    #expect(cluster.serverAuthoritySecretName == "ca")
    #expect(cluster.clientAuthoritySecretName == "pg-ca")
  }
}
