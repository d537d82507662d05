import ClusterAPI
import PostgreSQL

extension SynchronousStandbys {
  /// The standbys that must confirm a commit, by the Cluster's spec and status; nil when none must.
  ///
  /// The legacy fields relax themselves: with fewer ready standbys than asked for, fewer must confirm. `synchronous`
  /// with `required` never does.
  static func desired(_ cluster: Cluster, primary: String) -> SynchronousStandbys? {
    let status = cluster.status
    let all = Set(status?.instanceNames ?? []).subtracting([primary]).sorted()
    let healthy = Set(status?.instancesStatus?["healthy"] ?? []).subtracting([primary]).sorted()
    if let synchronous = cluster.spec.postgresql?.synchronous {
      return desired(synchronous, cluster: cluster.name, primary: primary, healthy: healthy, all: all)
    }
    let (minimum, maximum) = (cluster.spec.minSyncReplicas, cluster.spec.maxSyncReplicas)
    var number = maximum
    if healthy.count < maximum { number = minimum }
    number = min(number, healthy.count)
    return number > 0 ? SynchronousStandbys(method: .any, number: number, names: healthy) : nil
  }

  private static func desired(
    _ synchronous: SynchronousReplication, cluster: String, primary: String, healthy: [String], all: [String]
  ) -> SynchronousStandbys? {
    let method: Method = synchronous.method == .any ? .any : .first
    if synchronous.dataDurability == .preferred {
      let names = limited(healthy, synchronous.maxStandbyNamesFromCluster)
      let number = min(synchronous.number, names.count)
      return number > 0 ? SynchronousStandbys(method: method, number: number, names: names) : nil
    }
    // The primary comes last: it never confirms its own commits, but keeps the list from being empty of instances.
    let unhealthy = all.filter { !healthy.contains($0) }
    let ours = limited(healthy + unhealthy + [primary], synchronous.maxStandbyNamesFromCluster)
    var names = (synchronous.standbyNamesPre ?? []) + ours + (synchronous.standbyNamesPost ?? [])
    if names.isEmpty { names = ["\(cluster)-placeholder"] }
    return SynchronousStandbys(method: method, number: synchronous.number, names: names)
  }

  private static func limited(_ names: [String], _ maximum: Int?) -> [String] {
    maximum.map { Array(names.prefix(max(0, $0))) } ?? names
  }
}
