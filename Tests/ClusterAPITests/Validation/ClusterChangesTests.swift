import Kubernetes
import Testing

@testable import ClusterAPI

/// A change that is refused: merge patches for the Cluster before and after it.
struct RefusedChange: Sendable, CustomStringConvertible {
  let description: String
  let before: String
  let after: String
  let messages: [String]

  init(_ description: String, _ before: String, _ after: String, _ messages: String...) {
    self.description = description
    self.before = before
    self.after = after
    self.messages = messages
  }
}

@Suite("A change of a Cluster is refused")
struct ClusterChangesTests {
  private static func spec(_ text: String) -> String { #"{"spec":\#(text)}"# }
  private static func image(_ tag: String, data: Int) -> String {
    #"{"spec":{"imageName":"pg:\#(tag)"},"status":{"pgDataImageInfo":{"image":"pg","majorVersion":\#(data)}}}"#
  }
  private static let tablespace = #"{"name":"t","storage":{"size":"2Gi"}}"#

  static let images = [
    RefusedChange(
      "to an older major", image("17.1", data: 17), image("16.4", data: 17),
      #"spec.imageName: Invalid value: "16": can't downgrade from major 17 to 16"#),
    RefusedChange(
      "to a newer major below 16", image("14.1", data: 14), image("15.1", data: 14),
      #"spec.imageName: Invalid value: "15": major upgrades are only supported to version 16 or higher"#),
    RefusedChange(
      "to an older major in a catalog",
      #"{"status":{"pgDataImageInfo":{"image":"pg","majorVersion":17}}}"#,
      #"{"spec":{"imageName":null,"imageCatalogRef":{"apiGroup":"postgresql.cnpg.io","kind":"ImageCatalog","name":"c","#
        + #""major":16}},"status":{"pgDataImageInfo":{"image":"pg","majorVersion":17}}}"#,
      #"spec.imageCatalogRef.major: Invalid value: "16": can't downgrade from major 17 to 16"#),
    RefusedChange(
      "of image and parameters at once, for a switchover",
      spec(#"{"primaryUpdateMethod":"switchover","postgresql":{"parameters":{"a":"1"}}}"#),
      spec(#"{"primaryUpdateMethod":"switchover","imageName":"pg:17.9","postgresql":{"parameters":{"a":"2"}}}"#),
      #"spec.imageName: Invalid value: "pg:17.9": Can't change image name and configuration at the same time when "#
        + "`primaryUpdateMethod` is set to `switchover`. There are differences in PostgreSQL configuration parameters: "
        + #"{"a":["1","2"]}"#),
  ]

  static let volumes = [
    RefusedChange(
      "to a smaller volume", spec(#"{"storage":{"size":"2Gi"}}"#), spec(#"{"storage":{"size":"1024Mi"}}"#),
      #"spec.storage: Invalid value: "1Gi": can't shrink existing storage from 2Gi to 1Gi"#),
    RefusedChange(
      "to a smaller volume in the template",
      spec(#"{"walStorage":{"pvcTemplate":{"resources":{"requests":{"storage":"2Gi"}}}}}"#),
      spec(#"{"walStorage":{"pvcTemplate":{"resources":{"requests":{"storage":"1.5Gi"}}}}}"#),
      #"spec.walStorage: Invalid value: "1536Mi": can't shrink existing storage from 2Gi to 1536Mi"#),
    RefusedChange(
      "that gives up the write-ahead log's volume", spec(#"{"walStorage":{"size":"1Gi"}}"#), "{}",
      #"spec.walStorage: Invalid value: "null": walStorage cannot be disabled once configured"#),
    RefusedChange(
      "that gives up all tablespaces", spec(#"{"tablespaces":[\#(tablespace)]}"#), "{}",
      #"spec.tablespaces: Invalid value: "null": tablespaces section cannot be deleted once created"#),
    RefusedChange(
      "that gives up a tablespace", spec(#"{"tablespaces":[\#(tablespace)]}"#), spec(#"{"tablespaces":[]}"#),
      "spec.tablespaces[0]: Invalid value: []: no tablespace can be deleted once created"),
    RefusedChange(
      "to a smaller tablespace", spec(#"{"tablespaces":[\#(tablespace)]}"#),
      spec(#"{"tablespaces":[{"name":"t","storage":{"size":"1Gi"}}]}"#),
      #"spec.tablespaces[0]: Invalid value: "1Gi": can't shrink existing storage from 2Gi to 1Gi"#),
  ]

  static let others = [
    RefusedChange(
      "of user and group", "{}", spec(#"{"postgresUID":27,"postgresGID":28}"#),
      "spec.postgresGID: Invalid value: 28: GID is an immutable field in the spec",
      "spec.postgresUID: Invalid value: 27: UID is an immutable field in the spec"),
    RefusedChange(
      "of the slots' prefix", "{}", spec(#"{"replicationSlots":{"highAvailability":{"slotPrefix":"x_"}}}"#),
      #"spec.replicationSlots.highAvailability.slotPrefix: Invalid value: "x_": "#
        + "Cannot change replication slot prefix while highAvailability is enabled"),
    RefusedChange(
      "that gives up the synchronization of slots",
      spec(#"{"replicationSlots":{"synchronizeReplicas":{"enabled":true}}}"#), "{}",
      #"spec.replicationSlots.synchronizeReplicas: Invalid value: "null": "#
        + "Cannot remove spec.replicationSlots.synchronizeReplicas section while synchronizeReplicas is enabled. "
        + "Set its enabled to false first, so that the standbys drop their copies of the slots"),
    RefusedChange(
      "to wal_level minimal",
      #"{"metadata":{"annotations":{"cnpg.io/skipWalArchiving":"enabled"}},"spec":{"instances":1,"minSyncReplicas":0,"#
        + #""maxSyncReplicas":0,"postgresql":{"parameters":{"wal_level":"replica"}}}}"#,
      #"{"metadata":{"annotations":{"cnpg.io/skipWalArchiving":"enabled"}},"spec":{"instances":1,"minSyncReplicas":0,"#
        + #""maxSyncReplicas":0,"postgresql":{"parameters":{"wal_level":"minimal","max_wal_senders":"0"}}}}"#,
      #"spec.postgresql.parameters.wal_level: Invalid value: "minimal": "#
        + "Change of `wal_level` to `minimal` not allowed on an existing cluster (from replica)"),
    RefusedChange(
      "of the replica mode while the last one is under way",
      spec(#"{"externalClusters":[{"name":"s","plugin":{"name":"p"}}],"bootstrap":{"initdb":{}}}"#),
      #"{"metadata":{"resourceVersion":"1"},"status":{"switchReplicaClusterStatus":{"inProgress":true}},"spec":"#
        + #"{"externalClusters":[{"name":"s","plugin":{"name":"p"}}],"bootstrap":{"initdb":{}},"#
        + #""replica":{"source":"s","enabled":true}}}"#,
      "spec.replica.enabled: Forbidden: "
        + "cannot modify the field while there is an ongoing operation to enable the replica cluster"),
  ]

  @Test(arguments: images + volumes + others)
  func refused(_ change: RefusedChange) throws {
    let old = try Examples.cluster(change.before)
    let new = try Examples.cluster(change.after)
    #expect(new.validateUpdate(from: old).errors.map(\.message) == change.messages)
  }

  /// The schema fills these in again where they are missing; a server with another schema may not.
  @Test("that gives up slots in use")
  func slots() throws {
    let old = try Examples.cluster("{}")
    var new = old
    new.spec.replicationSlots?.highAvailability = nil
    #expect(
      new.validateUpdate(from: old).errors.map(\.message) == [
        #"spec.replicationSlots.highAvailability: Invalid value: "null": "#
          + "Cannot remove spec.replicationSlots.highAvailability section while highAvailability is enabled"
      ])
    new.spec.replicationSlots = nil
    #expect(
      new.validateUpdate(from: old).errors.map(\.message) == [
        #"spec.replicationSlots: Invalid value: "null": "#
          + "Cannot remove spec.replicationSlots section while highAvailability is enabled"
      ])
  }

  @Test("but not one that adds a volume for the write-ahead log and grows the other")
  func accepted() throws {
    let new = try Examples.cluster(Self.spec(#"{"storage":{"size":"3Gi"},"walStorage":{"size":"2Gi"}}"#))
    #expect(try new.validateUpdate(from: Examples.cluster("{}")).isAccepted)
  }

  @Test("in a message that names the kind in the odd way tools expect")
  func message() throws {
    let new = try Examples.cluster(Self.spec(#"{"postgresUID":27}"#))
    let errors = try new.validateUpdate(from: Examples.cluster("{}")).errors
    #expect(
      new.refusal(errors, isUpdate: true) == #"Cluster.cluster.cnpg.io "pg" is invalid: "#
        + "spec.postgresUID: Invalid value: 27: UID is an immutable field in the spec")
    #expect(new.refusal(errors).hasPrefix(#"Cluster.postgresql.cnpg.io "pg" is invalid: "#))
  }
}
