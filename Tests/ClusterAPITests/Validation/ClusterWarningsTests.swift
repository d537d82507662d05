import Kubernetes
import Testing

@testable import ClusterAPI

@Suite("Warnings about a Cluster")
struct ClusterWarningsTests {
  private func warnings(_ change: String) throws -> [String] {
    let findings = try Examples.cluster(change).validateCreate()
    #expect(findings.isAccepted)
    return findings.warnings
  }

  @Test("are none where there is no reason for one")
  func none() throws {
    #expect(try warnings("{}") == [])
  }

  @Test(
    "name what is deprecated, doubled or risky",
    arguments: [
      (
        #"{"spec":{"nodeMaintenanceWindow":{}}}"#,
        "Consider using `.spec.enablePDB` instead of the node maintenance window feature"
      ),
      (
        #"{"spec":{"storage":{"size":"1Gi","storageClass":"a","pvcTemplate":{"storageClassName":"b"}}}}"#,
        "spec.storage.storageClass and spec.storage.pvcTemplate.storageClassName are both specified, "
          + "spec.storage.storageClass value will be used."
      ),
      (
        #"{"spec":{"postgresql":{"parameters":{"shared_buffers":"128"}}}}"#,
        "`shared_buffers` value '128' has no unit and is taken as megabytes here: write '128MB'."
      ),
      (
        #"{"spec":{"minSyncReplicas":0}}"#,
        "This cluster has no synchronous replication configured. Commits that no standby has received are lost with "
          + "the primary: set spec.postgresql.synchronous where that must not be."
      ),
    ])
  func warned(change: String, warning: String) throws {
    #expect(try warnings(change) == [warning])
  }

  @Test("name the fields that nothing comes of yet")
  func unsupported() throws {
    let warnings = try warnings(
      #"{"metadata":{"annotations":{"cnpg.io/hibernation":"on"}},"#
        + #""spec":{"managed":{"roles":[{"name":"r"}]},"#
        + #""tablespaces":[{"name":"t","storage":{"size":"1Gi"}}]}}"#)
    #expect(
      warnings == [
        "spec.tablespaces is accepted but not acted on yet: no tablespace is created.",
        "spec.managed.roles is accepted but not acted on yet: no role is created or changed.",
        "annotation cnpg.io/hibernation is accepted but not acted on yet: the cluster keeps running.",
      ])
  }

  @Test(
    "name what has no effect beside another field",
    arguments: [
      (#"{"spec":{"backup":{"retentionPolicy":"7d"}}}"#, "spec.backup.retentionPolicy only governs backups made to"),
      (#"{"spec":{"monitoring":{"metricsQueriesTTL":"0s"}}}"#, "spec.monitoring.metricsQueriesTTL is 0: every scrape"),
      (
        #"{"spec":{"monitoring":{"podMonitorRelabelings":[{}]}}}"#,
        "spec.monitoring.podMonitorRelabelings is deprecated: give the relabelings in a PodMonitor of your own."
      ),
      (
        #"{"spec":{"monitoring":{"podMonitorMetricRelabelings":[{}]}}}"#,
        "spec.monitoring.podMonitorMetricRelabelings is deprecated"
      ),
      (
        #"{"spec":{"minSyncReplicas":0,"maxSyncReplicas":0,"postgresql":{"synchronous":{"method":"any","number":1,"#
          + #""nodeFailureDomainKeys":["zone"]}}},"status":{"conditions":[{"type":"SyncReplicationTopologySatisfied","#
          + #""status":"False","message":"All in one zone.","reason":"x","lastTransitionTime":""}]}}"#,
        "the failure domain keys of spec.postgresql.synchronous are not satisfied now: All in one zone. Let instances"
      ),
    ])
  func ineffective(change: String, beginning: String) throws {
    #expect(try warnings(change).contains { $0.hasPrefix(beginning) })
  }

  @Test("never come from defaults alone")
  func defaults() throws {
    let settings = DefaultingSettings(postgresImage: "pg:18.1", hasQueriesConfigMap: true, hasQueriesSecret: true)
    let cluster = Cluster.defaulted(Examples.cluster, settings: settings)
    #expect(UnsupportedFields.warnings(for: try cluster.decoded()) == [])
  }

  @Test("and nothing else, when validation is switched off")
  func disabled() throws {
    let cluster = try Examples.cluster(
      #"{"metadata":{"annotations":{"cnpg.io/validation":"disabled"}},"spec":{"maxSyncReplicas":9}}"#)
    #expect(
      cluster.validateCreate()
        == Findings(
          warnings: [
            "validation webhook is disabled — all changes are accepted without validation. This may lead to unsafe or "
              + "destructive operations. Proceed with extreme caution."
          ]))
  }

  @Test("that a switch for validation is neither on nor off do not switch it off")
  func unknownSwitch() throws {
    let cluster = try Examples.cluster(
      #"{"metadata":{"annotations":{"cnpg.io/validation":"perhaps"}},"spec":{"maxSyncReplicas":9}}"#)
    let findings = cluster.validateCreate()
    #expect(findings.errors.count == 1)
    #expect(
      findings.warnings.first
        == #"invalid "cnpg.io/validation" annotation: "perhaps" (expected "enabled" or "disabled")"#)
  }

  @Test(
    "for credentials of another provider than the address is of; a directory needs none",
    arguments: [
      ("s3://b", "s3Credentials", nil), ("s3://b", "azureCredentials", "s3Credentials"),
      ("https://a.blob.core.windows.net/c", "azureCredentials", nil),
      ("http://localhost:10000/a/c", "azureCredentials", nil), ("gs://b", "googleCredentials", nil),
      ("gs://b", "s3Credentials", "googleCredentials"), ("file:///d", "s3Credentials", "none"),
    ] as [(String, String, String?)])
  func storeCredentials(path: String, credentials: String, needed: String?) throws {
    let cluster = try Examples.cluster(
      #"{"spec":{"backup":{"barmanObjectStore":{"destinationPath":"\#(path)","\#(credentials)":{}}}}}"#)
    let warnings = ClusterWarnings.storeCredentials(cluster)
    #expect(
      warnings
        == needed.map {
          [
            "spec.backup.barmanObjectStore.\(credentials) is of another provider than destinationPath, which needs \($0): "
              + "it is not used."
          ]
        } ?? [])
  }
}
