import Kubernetes
import Testing

@testable import ClusterAPI

/// Rules in CEL, evaluated as the API server does.
@Suite("The schemas refuse")
struct SchemaRulesTests {
  private static func cluster(_ spec: String) -> (Schema, JSON) {
    (Cluster.schema, (try? JSON(parsing: #"{"metadata":{"name":"x"},"spec":\#(spec)}"#)) ?? .null)
  }

  private static func role(_ spec: String) -> (Schema, JSON) {
    (DatabaseRole.schema, (try? JSON(parsing: #"{"metadata":{"name":"x"},"spec":\#(spec)}"#)) ?? .null)
  }

  private static func publication(_ target: String) -> (Schema, JSON) {
    let text = #"{"metadata":{"name":"x"},"spec":{"cluster":{"name":"c"},"dbname":"d","name":"n","target":\#(target)}}"#
    return (Publication.schema, (try? JSON(parsing: text)) ?? .null)
  }

  private static func messages(_ example: (schema: Schema, object: JSON)) -> [String] {
    example.schema.validate(example.schema.defaulting(example.object)).map(\.detail)
  }

  @Test("an image and a catalog")
  func catalog() {
    let details = Self.messages(
      Self.cluster(#"{"imageName":"a:1","imageCatalogRef":{"apiGroup":"a","kind":"Secret","name":"n","major":1}}"#))
    #expect(details.contains("imageName and imageCatalogRef are mutually exclusive"))
    #expect(details.filter { $0 == "Only image catalogs are supported" }.count == 2)
  }

  @Test("locales of a provider that is not chosen")
  func locales() {
    let details = Self.messages(
      Self.cluster(#"{"bootstrap":{"initdb":{"builtinLocale":"C","icuLocale":"de","localeProvider":"libc"}}}"#))
    #expect(
      Set(details) == [
        "builtinLocale is only available when localeProvider is set to `builtin`",
        "icuLocale is only available when localeProvider is set to `icu`",
      ])
  }

  @Test("synchronous replication that contradicts itself")
  func synchronous() {
    let details = Self.messages(
      Self.cluster(
        #"{"postgresql":{"syncReplicaElectionConstraint":{"enabled":true},"synchronous":{"method":"any","number":0,"#
          + #""dataDurability":"preferred","standbyNamesPre":["a"],"podFailureDomainKeys":["a"],"#
          + #""nodeFailureDomainKeys":["b"]}}}"#))
    #expect(
      Set(details) == [
        "The number of synchronous replicas should be greater than zero",
        "dataDurability set to 'preferred' requires empty 'standbyNamesPre' and empty 'standbyNamesPost'",
        "podFailureDomainKeys and nodeFailureDomainKeys are mutually exclusive",
        "syncReplicaElectionConstraint and synchronous failure domain keys are mutually exclusive",
      ])
  }

  @Test(
    "numbers that are none of what they count",
    arguments: [
      #"{"instances":2147483648}"#, #"{"startDelay":9223372036854775807}"#, #"{"stopDelay":-1}"#,
      #"{"smartShutdownTimeout":4294967296}"#, #"{"livenessProbeTimeout":9223372036854775807}"#,
      #"{"primaryLease":{"renewDeadlineSeconds":9223372036854775807}}"#, #"{"postgresUID":-1}"#,
      #"{"probes":{"startup":{"periodSeconds":9223372036854775807}}}"#, #"{"replicationSlots":{"updateInterval":0}}"#,
      #"{"postgresql":{"synchronous":{"method":"any","number":9223372036854775807}}}"#,
      #"{"managed":{"roles":[{"name":"r","connectionLimit":9223372036854775807}]}}"#,
    ])
  func numbers(_ spec: String) throws {
    let (schema, object) = Self.cluster(spec)
    let field = try #require(spec.split(separator: "\"").last { $0.allSatisfy(\.isLetter) })
    let errors = schema.validate(schema.defaulting(object))
    #expect(!errors.isEmpty)
    #expect(errors.allSatisfy { $0.path.hasSuffix(field) })
  }

  @Test("roles that are somebody else's")
  func roles() {
    let cluster = #""cluster":{"name":"c"}"#
    #expect(
      Self.messages(Self.role(#"{\#(cluster),"name":"pg_x","clientCertificate":{}}"#)) == [
        "role names starting with pg_ are reserved by PostgreSQL",
        "clientCertificate requires the role to have login enabled",
      ])
    #expect(
      Self.messages(
        Self.role(#"{\#(cluster),"name":"r","ensure":"absent","disablePassword":true,"passwordSecret":{"name":"s"}}"#))
        == [
          "ensure: absent is not supported for DatabaseRole; "
            + "delete the resource with databaseRoleReclaimPolicy: delete instead",
          "passwordSecret and disablePassword are mutually exclusive",
        ])
    #expect(Self.messages(Self.role(#"{\#(cluster),"name":"fine","login":true,"clientCertificate":{}}"#)) == [])
  }

  @Test("publications of everything and something")
  func publications() {
    #expect(
      Self.messages(Self.publication(#"{"allTables":true,"objects":[]}"#)) == [
        "allTables and objects are mutually exclusive"
      ])
    #expect(
      Self.messages(
        Self.publication(#"{"objects":[{"table":{"name":"t","columns":["a"]}},{"tablesInSchema":"s"}]}"#))
        == ["specifying a column list when the publication also publishes tablesInSchema is not supported"])
  }

  @Test("changes of what cannot change")
  func transitions() throws {
    let old = Self.cluster(#"{"serviceAccountName":"a"}"#)
    let new = Self.cluster(#"{"serviceAccountName":"b"}"#)
    #expect(
      Cluster.schema.validateTransition(old: old.1, new: new.1).map(\.detail) == [
        "serviceAccountName is immutable"
      ])
    let backup = { (name: String) -> JSON in
      Backup.schema.defaulting(["metadata": ["name": "x"], "spec": ["cluster": ["name": .string(name)]]])
    }
    #expect(
      Backup.schema.validateTransition(old: backup("a"), new: backup("b")).map(\.detail) == [
        "BackupSpec is immutable once set"
      ])
    #expect(Backup.schema.validateTransition(old: backup("a"), new: backup("a")) == [])
  }
}
