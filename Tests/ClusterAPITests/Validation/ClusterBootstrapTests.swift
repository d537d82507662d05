import Kubernetes
import Testing

@testable import ClusterAPI

@Suite("A Cluster's bootstrap is refused")
struct ClusterBootstrapTests {
  private static func initdb(_ text: String) -> String { #"{"spec":{"bootstrap":{"initdb":\#(text)}}}"# }

  private static func target(_ text: String) -> String {
    #"{"spec":{"externalClusters":[{"name":"o","plugin":{"name":"p"}}],"#
      + #""bootstrap":{"recovery":{"source":"o","recoveryTarget":\#(text)}}}}"#
  }

  private static func snapshots(_ text: String) -> String {
    #"{"spec":{"bootstrap":{"recovery":\#(text)}}}"#
  }

  static let methods = [
    Refusal(
      "with two methods",
      #"{"spec":{"bootstrap":{"initdb":{},"recovery":{"backup":{"name":"b"}}}}}"#,
      "spec.bootstrap: Forbidden: Only one bootstrap method can be specified at a time"),
    Refusal(
      "with a database without owner", initdb(#"{"database":"x"}"#),
      #"spec.bootstrap.initdb.owner: Invalid value: "": You need to specify the database owner user"#),
    Refusal(
      "with an owner without database", #"{"spec":{"bootstrap":{"recovery":{"owner":"x"}}}}"#,
      #"spec.bootstrap.recovery.database: Invalid value: "": You need to specify the database name"#),
    Refusal(
      "with a segment size that is no power of two", initdb(#"{"walSegmentSize":24}"#),
      "spec.bootstrap.initdb.walSegmentSize: Invalid value: 24: WAL segment size must be a power of 2"),
    Refusal(
      "with a SQL reference without key",
      initdb(#"{"postInitApplicationSQLRefs":{"secretRefs":[{"name":"s","key":""}]}}"#),
      "spec.bootstrap.initdb.postInitApplicationSQLRefs.secretRefs: Invalid value: "
        + #"{"key":"","name":"s"}: key and name must be specified"#),
    Refusal(
      "with a SQL reference to a ConfigMap without name",
      initdb(#"{"postInitApplicationSQLRefs":{"configMapRefs":[{"name":"","key":"k"}]}}"#),
      "spec.bootstrap.initdb.postInitApplicationSQLRefs.configMapRefs: Invalid value: "
        + #"{"key":"k","name":""}: key and name must be specified"#),
    Refusal(
      "when cloning an unknown server", #"{"spec":{"bootstrap":{"pg_basebackup":{"source":"far"}}}}"#,
      #"spec.bootstrap.pg_basebackup.source: Invalid value: "far": External cluster far not found"#),
    Refusal(
      "when recovering from an unknown source", #"{"spec":{"bootstrap":{"recovery":{"source":"far"}}}}"#,
      #"spec.bootstrap.recovery.source: Invalid value: "far": External cluster far not found"#),
    Refusal(
      "when recovering from a source that says nothing",
      #"{"spec":{"externalClusters":[{"name":"o"}],"bootstrap":{"recovery":{"source":"o"}}}}"#,
      #"spec.bootstrap.recovery.source: Invalid value: "o": External cluster o cannot be used for recovery: "#
        + "missing connection parameters, Barman, or CNPG-i configuration",
      "spec.externalClusters[0]: Required value: one of connectionParameters, plugin and barmanObjectStore is required"),
  ]

  static let imports = [
    Refusal(
      "importing two databases as a microservice",
      initdb(#"{"import":{"type":"microservice","databases":["a","b"],"source":{"externalCluster":"o"}}}"#),
      #"spec.bootstrap.initdb.import.databases: Invalid value: ["a","b"]: "#
        + "You need to specify a single database for the `microservice` import type"),
    Refusal(
      "importing roles and a wildcard as a microservice",
      initdb(#"{"import":{"type":"microservice","databases":["*"],"roles":["r"],"source":{"externalCluster":"o"}}}"#),
      #"spec.bootstrap.initdb.import.roles: Invalid value: ["r"]: "#
        + "You cannot specify roles to import for the `microservice` import type",
      #"spec.bootstrap.initdb.import.databases.0: Invalid value: ["*"]: "#
        + "You cannot specify any wildcard for the `microservice` import type"),
    Refusal(
      "importing nothing as a monolith",
      initdb(#"{"import":{"type":"monolith","databases":[],"source":{"externalCluster":"o"}}}"#),
      "spec.bootstrap.initdb.import.databases: Invalid value: []: "
        + "You need to specify at least a database for the `monolith` import type"),
    Refusal(
      "importing a wildcard beside names as a monolith",
      initdb(
        #"{"import":{"type":"monolith","databases":["*","a"],"roles":["*","r"],"postImportApplicationSQL":["x"],"#
          + #""source":{"externalCluster":"o"}}}"#),
      #"spec.bootstrap.initdb.import.databases: Invalid value: ["*","a"]: "#
        + "Wildcard import cannot be used along other database names",
      #"spec.bootstrap.initdb.import.roles: Invalid value: ["*","r"]: "#
        + "Wildcard import cannot be used along other role names",
      #"spec.bootstrap.initdb.import.postImportApplicationSQL: Invalid value: ["x"]: "#
        + "postImportApplicationSQL is not allowed for the `monolith` import type"),
  ]

  static let snapshotSources = [
    Refusal(
      "recovering from snapshots and a backup",
      snapshots(#"{"backup":{"name":"b"},"volumeSnapshots":{"storage":{"kind":"PersistentVolumeClaim","name":"v"}}}"#),
      #"spec.bootstrap.recovery.backup: Invalid value: {"name":"b"}: "#
        + "Recovery from dataSource is not compatible with other types of recovery"),
    Refusal(
      "recovering from snapshots with a backup id",
      snapshots(
        #"{"recoveryTarget":{"backupID":"1"},"#
          + #""volumeSnapshots":{"storage":{"kind":"PersistentVolumeClaim","name":"v"}}}"#),
      #"spec.bootstrap.recovery.recoveryTarget.backupID: Invalid value: "1": "#
        + "Cannot specify a backupID when recovering using a DataSource"),
    Refusal(
      "recovering from something else than snapshots and volumes",
      snapshots(#"{"volumeSnapshots":{"storage":{"kind":"Secret","name":"v"}}}"#),
      #"spec.bootstrap.recovery.storage: Invalid value: {"kind":"Secret","name":"v"}: "#
        + "Only VolumeSnapshots and PersistentVolumeClaims are supported"),
    Refusal(
      "recovering write-ahead log onto no volume",
      snapshots(
        #"{"volumeSnapshots":{"storage":{"kind":"PersistentVolumeClaim","name":"v"},"#
          + #""walStorage":{"kind":"VolumeSnapshot","apiGroup":"snapshot.storage.k8s.io","name":"w"}}}"#),
      "spec.bootstrap.recovery.dataSource.walStorage: Invalid value: "
        + #"{"apiGroup":"snapshot.storage.k8s.io","kind":"VolumeSnapshot","name":"w"}: "#
        + "A WAL storage configuration is required when recovering using a DataSource for WALs"),
  ]

  private static let path = "spec.bootstrap.recovery.recoveryTarget"

  static let targets = [
    Refusal(
      "with two targets, one of them targetImmediate: false",
      target(#"{"targetImmediate":false,"targetLSN":"0/1","backupID":"b"}"#),
      #"\#(path): Invalid value: {"backupID":"b","targetImmediate":false,"targetLSN":"0/1"}: "#
        + "Recovery target options are mutually exclusive"),
    Refusal(
      "with a time that is none", target(#"{"targetTime":"2024-02-30 10:00:00"}"#),
      #"\#(path): Invalid value: "2024-02-30 10:00:00": The format of TargetTime is invalid"#),
    Refusal(
      "with a position that is none", target(#"{"targetLSN":"0-1"}"#),
      #"\#(path): Invalid value: "0-1": Invalid TargetLSN"#),
    Refusal(
      "with a transaction beyond 32 bits", target(#"{"targetXID":"4294967296","backupID":"b"}"#),
      #"\#(path).targetXID: Invalid value: "4294967296": "#
        + "recovery target xid must be a non-negative 32-bit integer"),
    Refusal(
      "with a name too long", target(#"{"targetName":"\#(String(repeating: "n", count: 64))","backupID":"b"}"#),
      #"\#(path).targetName: Invalid value: "\#(String(repeating: "n", count: 64))": "#
        + "recovery target name must be shorter than 64 bytes"),
    Refusal(
      "with a line break in a name", target(#"{"targetName":"a\nb","backupID":"b"}"#),
      #"\#(path).targetName: Invalid value: "a\nb": recovery target name must not contain ASCII control characters"#),
    Refusal(
      "with a name and no backup", target(#"{"targetName":"here"}"#), "\(path): Required value: BackupID is missing"),
    Refusal(
      "with a timeline zero", target(#"{"targetTLI":"0"}"#),
      #"\#(path).targetTLI: Invalid value: {"targetTLI":"0"}: "#
        + "recovery target timeline can be set to 'latest' or a positive integer"),
  ]

  @Test(arguments: methods + imports + snapshotSources + targets)
  func refused(_ refusal: Refusal) throws {
    let findings = try Examples.cluster(refusal.change).validateCreate()
    #expect(findings.errors.map(\.message) == refusal.messages)
  }

  @Test(
    "but not for its target",
    arguments: ["2024-06-05T13:47:15Z", "2024-06-05 13:47:15.123456+02", "2024-02-29 00:00:00"])
  func times(_ time: String) throws {
    let cluster = try Examples.cluster(Self.target(#"{"targetTime":"\#(time)","targetTLI":"latest"}"#))
    #expect(cluster.validateCreate().isAccepted)
  }
}
