import Kubernetes
import Testing

@testable import ClusterAPI

/// No field of a Cluster is ignored in silence: each is acted on, or using it gives a warning that names it.
@Suite("Every field of a Cluster")
struct UnsupportedFieldsTests {
  /// Fields that something comes of, with everything below them.
  static let actedOn = Set([
    "affinity", "bootstrap.initdb.builtinLocale", "bootstrap.initdb.dataChecksums", "bootstrap.initdb.database",
    "bootstrap.initdb.encoding", "bootstrap.initdb.icuLocale", "bootstrap.initdb.icuRules", "bootstrap.initdb.locale",
    "bootstrap.initdb.localeCType", "bootstrap.initdb.localeCollate", "bootstrap.initdb.localeProvider",
    "bootstrap.initdb.options", "bootstrap.initdb.owner", "bootstrap.initdb.postInitApplicationSQL",
    "bootstrap.initdb.postInitApplicationSQLRefs", "bootstrap.initdb.postInitSQL", "bootstrap.initdb.postInitSQLRefs",
    "bootstrap.initdb.postInitTemplateSQL", "bootstrap.initdb.postInitTemplateSQLRefs", "bootstrap.initdb.secret",
    "bootstrap.initdb.walSegmentSize", "certificates", "description", "enablePDB", "enableSuperuserAccess", "env",
    "envFrom", "ephemeralVolumeSource", "ephemeralVolumesSizeLimit", "imageName", "imagePullPolicy", "imagePullSecrets",
    "inheritedMetadata", "instances", "livenessProbeTimeout", "logLevel", "managed.services", "maxSyncReplicas",
    "minSyncReplicas", "monitoring.enablePodMonitor", "monitoring.podMonitorMetricRelabelings",
    "monitoring.podMonitorRelabelings", "podSecurityContext", "postgresGID", "postgresUID",
    "postgresql.enableAlterSystem", "postgresql.ldap", "postgresql.parameters", "postgresql.pg_hba",
    "postgresql.pg_ident", "postgresql.shared_preload_libraries", "postgresql.syncReplicaElectionConstraint",
    "postgresql.synchronous.dataDurability", "postgresql.synchronous.failoverQuorum",
    "postgresql.synchronous.maxStandbyNamesFromCluster", "postgresql.synchronous.method",
    "postgresql.synchronous.nodeFailureDomainKeys", "postgresql.synchronous.number",
    "postgresql.synchronous.podFailureDomainKeys", "postgresql.synchronous.standbyNamesPost",
    "postgresql.synchronous.standbyNamesPre", "primaryUpdateMethod", "primaryUpdateStrategy", "priorityClassName",
    "probes.liveness.failureThreshold", "probes.liveness.initialDelaySeconds", "probes.liveness.periodSeconds",
    "probes.liveness.successThreshold", "probes.liveness.terminationGracePeriodSeconds",
    "probes.liveness.timeoutSeconds", "probes.readiness", "probes.startup", "projectedVolumeTemplate",
    "replicationSlots.highAvailability.enabled", "replicationSlots.highAvailability.slotPrefix",
    "replicationSlots.synchronizeReplicas", "replicationSlots.updateInterval", "resources", "schedulerName",
    "seccompProfile", "securityContext", "serviceAccountName", "serviceAccountTemplate.metadata.annotations",
    "serviceAccountTemplate.metadata.labels", "smartShutdownTimeout", "startDelay", "stopDelay", "superuserSecret",
    "topologySpreadConstraints",
    "switchoverDelay", "failoverDelay", "primaryLease.leaseDurationSeconds", "primaryLease.renewDeadlineSeconds",
    "primaryLease.retryPeriodSeconds",
    "backup.barmanObjectStore.azureCredentials", "backup.barmanObjectStore.data.compression",
    "backup.barmanObjectStore.data.encryption", "backup.barmanObjectStore.data.immediateCheckpoint",
    "backup.barmanObjectStore.data.jobs", "backup.barmanObjectStore.destinationPath",
    "backup.barmanObjectStore.endpointCA", "backup.barmanObjectStore.endpointURL",
    "backup.barmanObjectStore.googleCredentials", "backup.barmanObjectStore.historyTags",
    "backup.barmanObjectStore.s3Credentials", "backup.barmanObjectStore.serverName", "backup.barmanObjectStore.tags",
    "backup.barmanObjectStore.wal.compression", "backup.barmanObjectStore.wal.encryption",
    "backup.barmanObjectStore.wal.maxParallel", "backup.retentionPolicy", "backup.target",
    "bootstrap.pg_basebackup.database", "bootstrap.pg_basebackup.owner", "bootstrap.pg_basebackup.secret",
    "bootstrap.pg_basebackup.source",
    "bootstrap.recovery.backup", "bootstrap.recovery.database", "bootstrap.recovery.owner",
    "bootstrap.recovery.recoveryTarget", "bootstrap.recovery.secret",
    // How long a released Lease is waited for: a primary that steps down promises instead, and nobody waits.
    "primaryLease.releasedLeaseDurationSeconds",
    // There are no default queries that could be left out.
    "monitoring.disableDefaultQueries",
    // Says how to treat what `inProgress`, which gives a warning, announces.
    "nodeMaintenanceWindow.reusePVC",
  ]).union(
    ["storage", "walStorage"].flatMap { storage in
      ["size", "storageClass", "resizeInUseVolumes"].map { "\(storage).\($0)" }
        + [
          "accessModes", "dataSource", "dataSourceRef", "resources", "selector", "storageClassName", "volumeMode",
          "volumeName",
        ].map { "\(storage).pvcTemplate.\($0)" }
    })

  /// A field, and a use of it that differs from its default.
  struct Use {
    let path: [String]
    let spec: JSON

    init(_ path: [String], _ spec: JSON) {
      self.path = path
      self.spec = spec
    }
  }

  /// Every way down the schema to a value.
  private static func uses(_ schema: Schema, at path: [String] = []) -> [Use] {
    if actedOn.contains(path.joined(separator: ".")) { return [] }
    guard !schema.properties.isEmpty else { return [Use(path, sample(schema))] }
    return schema.properties.sorted { $0.key < $1.key }.flatMap { name, property in
      uses(property, at: path + [name]).map { use in
        // The siblings that a value cannot do without.
        var members = schema.required.reduce(into: [String: JSON]()) { members, name in
          members[name] = schema.properties[name].map(sample)
        }
        members[name] = use.spec
        return Use(use.path, .object(members))
      }
    }
  }

  private static func sample(_ schema: Schema) -> JSON {
    if let value = schema.enumeration.first(where: { $0 != schema.defaultValue }) { return value }
    if schema.intOrString { return "1Gi" }
    switch schema.type {
    case .boolean?: return .bool(schema.defaultValue != true)
    case .integer?: return .int((schema.defaultValue?.intValue ?? 0) + 1)
    case .string?: return "x"
    case .array?: return .array([schema.items.map { sample($0.schema) } ?? "x"])
    default:
      if let values = schema.additionalProperties { return ["x": sample(values.schema)] }
      return .object(
        schema.required.reduce(into: [:]) { members, name in members[name] = schema.properties[name].map(sample) })
    }
  }

  @Test("is acted on, or answered with a warning that names it")
  func everyField() throws {
    let uses = Self.uses(ClusterSpec.schema)
    #expect(uses.count > 50)
    for use in uses {
      let path = "spec." + use.path.joined(separator: ".")
      let cluster = try (["metadata": ["name": "x"], "spec": use.spec] as JSON).decoded(as: Cluster.self)
      let warnings = UnsupportedFields.warnings(for: cluster)
      #expect(!warnings.isEmpty, "\(path) is neither listed as acted on nor answered with a warning")
      #expect(
        warnings.allSatisfy { $0.contains(use.path[0]) || $0.contains(use.path.last ?? "") }, "\(path): \(warnings)")
    }
  }

  @Test("that is listed as acted on exists")
  func listed() {
    for path in Self.actedOn {
      var schema: Schema? = ClusterSpec.schema
      for name in path.split(separator: ".") { schema = schema?.properties[String(name)] }
      #expect(schema != nil, "spec.\(path)")
    }
  }

  /// Annotations that users may set on a Cluster, and whether something comes of them.
  @Test(
    "and every annotation of one too",
    arguments: [
      (Annotations.fencedInstances, #"["*"]"#, true), (Annotations.hibernation, "on", false),
      (Annotations.reconciliationLoop, "disabled", true), (Annotations.reconcilePodSpec, "disabled", true),
      (Annotations.skipWalArchiving, "enabled", true), (Annotations.skipEmptyWalArchiveCheck, "enabled", true),
      (Annotations.forceLegacyBackup, "true", false), (Annotations.coredumpFilter, "0x31", false),
      (Annotations.podPatch, "[]", true), (Annotations.validation, "enabled", true),
      // Every change of a Cluster is looked at, this one too.
      (Annotations.reloadedAt, "2026-01-02T03:04:05Z", true), (Annotations.restartedAt, "2026-01-02T03:04:05Z", true),
      (Annotations.enableInstancePprof, "true", false), (Annotations.livenessPinger, #"{"enabled":false}"#, false),
      (Annotations.appArmorPrefix + "postgres", "unconfined", true),
    ])
  func annotation(name: String, value: String, isActedOn: Bool) throws {
    let cluster = try Examples.cluster(
      (["metadata": ["annotations": [name: .string(value)]]] as JSON).text)
    let warnings = UnsupportedFields.warnings(for: cluster)
    #expect(warnings.isEmpty == isActedOn)
    #expect(warnings.allSatisfy { $0.contains(name) })
  }

  @Test("of an external cluster is acted on where the cluster is restored from its object store, and only there")
  func externalClusters() throws {
    let store = #"{"name":"o","barmanObjectStore":{"destinationPath":"s3://b"}}"#
    func warnings(_ external: String, _ recovery: String) throws -> [String] {
      UnsupportedFields.warnings(
        for: try Examples.cluster(
          #"{"spec":{"externalClusters":[\#(external)],"bootstrap":{"recovery":{\#(recovery)}}}}"#))
    }
    #expect(try warnings(store, #""source":"o""#).isEmpty)
    #expect(try warnings(store, #""backup":{"name":"b"}"#).count == 1)
    let connection = #"{"name":"o","connectionParameters":{"host":"h"}}"#
    #expect(try warnings(connection, #""source":"o""#).count == 2)
    let arguments =
      #"{"name":"o","barmanObjectStore":{"destinationPath":"s3://b","wal":{"restoreAdditionalCommandArgs":["-x"]}}}"#
    #expect(
      try warnings(arguments, #""source":"o""#) == [
        "barmanObjectStore.wal.restoreAdditionalCommandArgs of spec.backup or spec.externalClusters is accepted but not "
          + "acted on yet: no option of Barman's programs is known."
      ])
  }

  @Test("is not taken for granted where another one keeps it from being acted on")
  func combinations() throws {
    let pull = try Examples.cluster(#"{"spec":{"imagePullSecrets":[{"name":"p"}],"serviceAccountName":"mine"}}"#)
    #expect(UnsupportedFields.warnings(for: pull).first?.hasPrefix("spec.imagePullSecrets beside") == true)
  }
}
