import ClusterAPI
import Failover

extension Policy {
  /// What the Cluster says of synchronous replication, for an instance that is or may become its primary: where its
  /// standbys are is seen from there.
  init(_ cluster: Cluster, for instance: String) {
    self.init()
    instances = (cluster.status?.instanceNames ?? []).sorted()
    var candidates = instances.filter { $0 != instance }
    if case .elsewhere(let names) = cluster.standbyPlacement(primary: instance) {
      candidates.removeAll { !names.contains($0) }
    }
    eligible = Set(candidates)
    guard let synchronous = cluster.spec.postgresql?.synchronous else {
      number = cluster.spec.maxSyncReplicas
      minimum = cluster.spec.minSyncReplicas
      return
    }
    number = synchronous.number
    method = synchronous.method == .any ? .any : .first
    durability = synchronous.dataDurability == .preferred ? .preferred : .required
    // An instance has its place among the instances.
    before = (synchronous.standbyNamesPre ?? []).filter { !instances.contains($0) }
    after = (synchronous.standbyNamesPost ?? []).filter { !instances.contains($0) }
    if let maximum = synchronous.maxStandbyNamesFromCluster { eligible = Set(candidates.prefix(max(0, maximum))) }
  }
}

extension Settings {
  init(_ cluster: Cluster) {
    self.init()
    delay = cluster.spec.failoverDelay * 1000 / tick
    if let lease = cluster.spec.primaryLease {
      leaseDuration = Int64(lease.leaseDurationSeconds) * 1000
      renewDeadline = Int64(lease.renewDeadlineSeconds) * 1000
      retryPeriod = Int64(lease.retryPeriodSeconds) * 1000
    }
  }
}
