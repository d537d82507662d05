import Kubernetes
import Testing

@testable import ClusterAPI

@Suite("A Cluster's replication is refused")
struct ClusterReplicasTests {
  private static func synchronous(_ text: String) -> String {
    #"{"spec":{"minSyncReplicas":null,"maxSyncReplicas":null,"postgresql":{"synchronous":\#(text)}}}"#
  }

  private static func slots(_ text: String) -> String { #"{"spec":{"replicationSlots":\#(text)}}"# }

  static let numbers = [
    Refusal(
      "with as many synchronous standbys as instances", #"{"spec":{"maxSyncReplicas":3}}"#,
      "spec.maxSyncReplicas: Invalid value: 3: maxSyncReplicas must be lower than the number of instances"),
    Refusal(
      "with the least above the most", #"{"spec":{"minSyncReplicas":2}}"#,
      "spec.minSyncReplicas: Invalid value: 2: minSyncReplicas cannot be greater than maxSyncReplicas"),
    Refusal(
      "with both styles", #"{"spec":{"postgresql":{"synchronous":{"method":"any","number":1}}}}"#,
      #"spec.postgresql.synchronous: Invalid value: {"failoverQuorum":false,"method":"any","number":1}: "#
        + "Can't have both legacy synchronous replica configuration and new one"),
    Refusal(
      "with a number that cannot be reached", synchronous(#"{"method":"first","number":4,"standbyNamesPre":["x"]}"#),
      "spec.postgresql.synchronous: Invalid value: "
        + #"{"failoverQuorum":false,"method":"first","number":4,"standbyNamesPre":["x"]}: "#
        + "Invalid synchronous configuration: the number of synchronous replicas must be less than the "
        + "total number of instances and the provided standby names."),
    Refusal(
      "with a quorum that outsiders can fill",
      synchronous(#"{"method":"any","number":1,"standbyNamesPost":["x"],"failoverQuorum":true}"#),
      "spec.postgresql.synchronous: Invalid value: "
        + #"{"failoverQuorum":true,"method":"any","number":1,"standbyNamesPost":["x"]}: "#
        + "Invalid failoverQuorum configuration: spec.postgresql.synchronous.number must be greater than the total "
        + "number of instances in spec.postgresql.synchronous.standbyNamesPre and "
        + "spec.postgresql.synchronous.standbyNamesPost to allow automatic failover."),
    Refusal(
      "with a quorum and nothing synchronous",
      #"{"metadata":{"annotations":{"alpha.cnpg.io/failoverQuorum":"true"}}}"#,
      "spec.postgresql.synchronous: Required value: Invalid failoverQuorum configuration: "
        + "synchronous replication configuration is required."),
    Refusal(
      "with a quorum annotation that is no boolean",
      #"{"metadata":{"annotations":{"alpha.cnpg.io/failoverQuorum":"maybe"}}}"#,
      #"metadata.annotations.alpha.cnpg.io/failoverQuorum: Invalid value: "maybe": "#
        + "Invalid failoverQuorum annotation value, expected boolean."),
    Refusal(
      "with an election constraint without labels",
      #"{"spec":{"postgresql":{"syncReplicaElectionConstraint":{"enabled":true}}}}"#,
      #"spec.postgresql.syncReplicaElectionConstraint.nodeLabelsAntiAffinity: Invalid value: "null": "#
        + "Can't enable syncReplicaConstraints without passing labels for comparison inside nodeLabelsAntiAffinity"),
    Refusal(
      "with a lease shorter than its renewal", #"{"spec":{"primaryLease":{"leaseDurationSeconds":10}}}"#,
      "spec.primaryLease.leaseDurationSeconds: Invalid value: 10: "
        + "leaseDurationSeconds must be greater than renewDeadlineSeconds"),
    Refusal(
      "with a renewal too close to its attempts",
      #"{"spec":{"primaryLease":{"renewDeadlineSeconds":12,"retryPeriodSeconds":10}}}"#,
      "spec.primaryLease.renewDeadlineSeconds: Invalid value: 12: "
        + "renewDeadlineSeconds must be greater than retryPeriodSeconds multiplied by 1.2"),
    Refusal(
      "supervised with one instance",
      #"{"spec":{"instances":1,"minSyncReplicas":0,"maxSyncReplicas":0,"primaryUpdateStrategy":"supervised"}}"#,
      #"spec.primaryUpdateStrategy: Invalid value: "supervised": "#
        + "supervised update strategy is not allowed for clusters with a single instance"),
  ]

  static let slotRefusals = [
    Refusal(
      "with a pattern that is none", slots(#"{"synchronizeReplicas":{"excludePatterns":["("]}}"#),
      "spec.replicationSlots.synchronizeReplicas.excludePatterns: Invalid value: "
        + #""error parsing regexp: missing closing ): `(`": "#
        + "Cannot configure synchronizeReplicas. Invalid regexes were found"),
    Refusal(
      "with logical slots kept before 17",
      #"{"spec":{"imageName":"pg:16.1","replicationSlots":{"highAvailability":{"synchronizeLogicalDecoding":true}}}}"#,
      "spec.replicationSlots.highAvailability.synchronizeLogicalDecoding: Invalid value: true: "
        + "pg_failover_slots extension must be enabled to use synchronizeLogicalDecoding with Postgres versions < 17"),
    Refusal(
      "with logical slots kept and nothing that feeds them",
      slots(#"{"highAvailability":{"synchronizeLogicalDecoding":true}}"#),
      "spec.postgresql.parameters.hot_standby_feedback: Invalid value: false: `hot_standby_feedback` must be enabled "
        + "to enable `spec.replicationSlots.highAvailability.synchronizeLogicalDecoding`",
      "spec.postgresql.parameters.sync_replication_slots: Invalid value: false: "
        + "either `sync_replication_slots` setting or pg_failover_slots extension must be enabled: "
        + "`spec.replicationSlots.highAvailability.synchronizeLogicalDecoding` keeps logical slots by one of them"),
    Refusal(
      "with pg_failover_slots and no slots",
      #"{"spec":{"postgresql":{"parameters":{"pg_failover_slots.x":"1"}},"#
        + #""replicationSlots":{"highAvailability":{"enabled":false}}}}"#,
      "spec.postgresql.parameters.hot_standby_feedback: Invalid value: false: "
        + "`hot_standby_feedback` must be on for pg_failover_slots",
      #"spec.replicationSlots.highAvailability: Invalid value: "nil or false": "#
        + "High Availability replication slots must be enabled"),
  ]

  /// The schema fills the section in where it is missing; a server with another schema may not.
  @Test("with pg_failover_slots and no word of slots")
  func noSlots() throws {
    var cluster = try Examples.cluster(
      #"{"spec":{"postgresql":{"parameters":{"pg_failover_slots.x":"1","hot_standby_feedback":"on"}}}}"#)
    #expect(cluster.validateCreate().isAccepted)
    cluster.spec.replicationSlots = nil
    #expect(
      cluster.validateCreate().errors.map(\.message) == [
        #"spec.replicationSlots: Invalid value: "null": replicationSlots must be enabled"#
      ])
  }

  /// What no schema has bounded, from before it did so or from a server without it, must not end the operator.
  @Test("or accepted, but never trapped on, whatever the numbers", arguments: [Int.max, Int.min, 0])
  func hugeNumbers(_ number: Int) throws {
    let cluster = try Examples.cluster(
      #"{"spec":{"instances":\#(number),"minSyncReplicas":\#(number),"maxSyncReplicas":\#(number),"#
        + #""startDelay":\#(number),"livenessProbeTimeout":\#(number),"postgresql":{"promotionTimeout":\#(number),"#
        + #""synchronous":{"method":"any","number":\#(number),"standbyNamesPre":["x"]},"#
        + #""parameters":{"shared_buffers":"\#(number)"}},"bootstrap":{"initdb":{"walSegmentSize":\#(number)}},"#
        + #""primaryLease":{"leaseDurationSeconds":\#(number),"renewDeadlineSeconds":\#(number),"#
        + #""retryPeriodSeconds":\#(number)}}}"#)
    #expect(!cluster.validateCreate().isAccepted)
    #expect(!cluster.validateUpdate(from: cluster).isAccepted)
  }

  @Test(arguments: numbers + slotRefusals)
  func refused(_ refusal: Refusal) throws {
    let findings = try Examples.cluster(refusal.change).validateCreate()
    #expect(findings.errors.map(\.message) == refusal.messages)
  }
}
