import ClusterAPI
import Failover

extension Policy {
  /// What the Cluster says of synchronous replication.
  init(_ cluster: Cluster) {
    self.init()
    instances = (cluster.status?.instanceNames ?? []).sorted()
    eligible = Set(instances)
    guard let synchronous = cluster.spec.postgresql?.synchronous else {
      number = cluster.spec.maxSyncReplicas
      minimum = cluster.spec.minSyncReplicas
      return
    }
    number = synchronous.number
    method = synchronous.method == .any ? .any : .first
    durability = synchronous.dataDurability == .preferred ? .preferred : .required
    // An instance has its place among the instances.
    before = (synchronous.standbyNamesPre ?? []).filter { !eligible.contains($0) }
    after = (synchronous.standbyNamesPost ?? []).filter { !eligible.contains($0) }
    if let maximum = synchronous.maxStandbyNamesFromCluster { eligible = Set(instances.prefix(max(0, maximum))) }
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
