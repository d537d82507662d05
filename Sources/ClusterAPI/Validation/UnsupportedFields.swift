import Kubernetes

/// A field that is accepted and not acted on yet. A row goes when the work behind it is done.
struct UnsupportedField: Sendable {
  let path: String
  /// What happens, or does not, in its place.
  let instead: String
  let isUsed: @Sendable (Cluster) -> Bool

  init(_ path: String, _ instead: String, _ isUsed: @escaping @Sendable (Cluster) -> Bool) {
    self.path = path
    self.instead = instead
    self.isUsed = isUsed
  }

  var warning: String { "\(path) is accepted but not acted on yet: \(instead)" }
}

/// Everything a Cluster may say that nothing comes of so far, so that nothing is ignored in silence.
public enum UnsupportedFields {
  /// A warning for each such field that the Cluster uses.
  public static func warnings(for cluster: Cluster) -> [String] { rows.filter { $0.isUsed(cluster) }.map(\.warning) }

  static let rows: [UnsupportedField] =
    bootstrap + availability + replication + features + commandArguments + annotations

  private static let bootstrap = [
    UnsupportedField("spec.bootstrap.recovery.volumeSnapshots", "no instance is created.") {
      $0.spec.bootstrap?.recovery?.volumeSnapshots != nil
    },
    UnsupportedField("spec.bootstrap.recovery.source without a barmanObjectStore", "no instance is created.") {
      $0.spec.bootstrap?.recovery?.source != nil && $0.recoverySource?.barmanObjectStore == nil
    },
    UnsupportedField("spec.bootstrap.initdb.import", "the application database starts empty.") {
      $0.spec.bootstrap?.initdb?.import != nil
    },
    UnsupportedField("spec.replica", "the cluster is a primary cluster, and none is restored as a replica.") {
      $0.spec.replica != nil
    },
    UnsupportedField("spec.imageName of another major version", "the instances stay on the image they have.") {
      guard let asked = $0.requestedMajor, let present = $0.status?.pgDataImageInfo?.majorVersion else { return false }
      return asked != present
    },
    UnsupportedField(
      "spec.imageCatalogRef", "the operator's default image is used where it is of that major, else nothing is created."
    ) {
      $0.spec.imageCatalogRef != nil
    },
    UnsupportedField(
      "spec.externalClusters beyond the source of spec.bootstrap",
      "no connection is made to them."
    ) {
      let recovery = $0.spec.bootstrap?.recovery?.source
      let copied = $0.spec.bootstrap?.pg_basebackup?.source
      return ($0.spec.externalClusters ?? []).contains {
        $0.name == recovery ? $0.barmanObjectStore == nil : $0.name != copied
      }
    },
  ]

  private static let availability = [
    UnsupportedField("spec.nodeMaintenanceWindow.inProgress", "instances are not treated differently.") {
      $0.spec.nodeMaintenanceWindow?.inProgress == true
    },
    UnsupportedField("spec.postgresql.promotionTimeout", "a promotion is waited for as long as it takes.") {
      $0.spec.postgresql?.promotionTimeout != nil
    },
    UnsupportedField("spec.probes.liveness.isolationCheck", isolated) {
      $0.spec.probes?.liveness?.isolationCheck.map { $0 != IsolationCheck() } ?? false
    },
  ]

  private static let replication = [
    UnsupportedField(
      "spec.replicationSlots.highAvailability.synchronizeLogicalDecoding by the extension pg_failover_slots",
      "logical slots stay behind; from PostgreSQL 17 on sync_replication_slots keeps them."
    ) {
      $0.spec.replicationSlots?.highAvailability?.synchronizeLogicalDecoding == true
        && PostgresParameters.boolean($0.spec.postgresql?.parameters?["sync_replication_slots"] ?? "off") != true
    }
  ]

  private static let features = [
    UnsupportedField("spec.backup.volumeSnapshot", "no snapshot is taken.") { $0.spec.backup?.volumeSnapshot != nil },
    UnsupportedField("spec.tablespaces", "no tablespace is created.") { !($0.spec.tablespaces ?? []).isEmpty },
    UnsupportedField("spec.managed.roles", "no role is created or changed.") {
      !($0.spec.managed?.roles ?? []).isEmpty
    },
    UnsupportedField("spec.plugins", "no plugin is called.") { !($0.spec.plugins ?? []).isEmpty },
    UnsupportedField("spec.postgresql.extensions", "no extension is mounted.") {
      !($0.spec.postgresql?.extensions ?? []).isEmpty
    },
    UnsupportedField("spec.podSelectorRefs", "lines of pg_hba that use one match nothing.") {
      !($0.spec.podSelectorRefs ?? []).isEmpty
    },
    UnsupportedField("spec.monitoring queries", "custom queries are not run.") {
      let monitoring = $0.spec.monitoring
      let maps = (monitoring?.customQueriesConfigMap ?? []).map(\.name)
      let secrets = (monitoring?.customQueriesSecret ?? []).map(\.name)
      return (maps + secrets).contains { $0 != DefaultQueries.name }
    },
    UnsupportedField("spec.monitoring.metricsQueriesTTL", "custom queries are not run.") {
      $0.spec.monitoring?.metricsQueriesTTL != nil
    },
    UnsupportedField("spec.imagePullSecrets beside serviceAccountName", "the ServiceAccount is left as it is.") {
      !($0.spec.imagePullSecrets ?? []).isEmpty && !$0.spec.serviceAccountName.isNilOrEmpty
    },
    UnsupportedField("spec.serviceAccountTemplate.metadata.name", "the ServiceAccount has the cluster's name.") {
      !($0.spec.serviceAccountTemplate?.metadata.name).isNilOrEmpty
    },
    UnsupportedField("pvcTemplate.volumeAttributesClassName of volumes that exist", "they keep the class they have.") {
      [$0.spec.storage, $0.spec.walStorage].contains { $0?.pvcTemplate?.volumeAttributesClassName != nil }
    },
    UnsupportedField("spec.monitoring.tls.enabled", "metrics are served without TLS.") {
      $0.spec.monitoring?.tls?.enabled == true
    },
  ]

  /// Options of Barman's programs, none of which is called. None of them is understood so far.
  private static let commandArguments = [
    commandArguments("wal.archiveAdditionalCommandArgs") { $0.wal?.archiveAdditionalCommandArgs },
    commandArguments("wal.restoreAdditionalCommandArgs") { $0.wal?.restoreAdditionalCommandArgs },
    commandArguments("data.additionalCommandArgs") { $0.data?.additionalCommandArgs },
    commandArguments("data.restoreAdditionalCommandArgs") { $0.data?.restoreAdditionalCommandArgs },
  ]

  private static func commandArguments(
    _ field: String, _ arguments: @escaping @Sendable (BarmanObjectStore) -> [String]?
  ) -> UnsupportedField {
    UnsupportedField(
      "barmanObjectStore.\(field) of spec.backup or spec.externalClusters", "no option of Barman's programs is known."
    ) { cluster in
      let stores =
        [cluster.spec.backup?.barmanObjectStore].compactMap { $0 }
        + (cluster.spec.externalClusters ?? []).compactMap(\.barmanObjectStore)
      return stores.contains { !(arguments($0) ?? []).isEmpty }
    }
  }

  private static let annotations = [
    UnsupportedField("annotation \(Annotations.hibernation)", "the cluster keeps running.") {
      $0.annotations[Annotations.hibernation] == "on"
    },
    UnsupportedField("annotation \(Annotations.livenessPinger)", isolated) {
      $0.annotations[Annotations.livenessPinger] != nil
    },
    UnsupportedField("annotation \(Annotations.coredumpFilter)", "the kernel's own filter stays.") {
      $0.annotations[Annotations.coredumpFilter] != nil
    },
    UnsupportedField("annotation \(Annotations.enableInstancePprof)", "there is no such port.") {
      $0.annotations[Annotations.enableInstancePprof] == "true"
    },
    UnsupportedField("annotation \(Annotations.forceLegacyBackup)", "backups carry their names.") {
      $0.annotations[Annotations.forceLegacyBackup] == "true"
    },
  ]

  private static let isolated = "a primary that reaches nobody keeps running."
}
