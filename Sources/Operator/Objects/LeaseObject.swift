import ClusterAPI
import Kubernetes

extension Blueprint {
  /// The record of who is primary. The operator only makes it; what is in it, the instances write.
  var lease: Lease { object(Lease.self, name) }

  /// The same for people, where they want it; the instance that leads writes it too.
  var failoverQuorum: FailoverQuorum? { cluster.wantsFailoverQuorum ? object(FailoverQuorum.self, name) : nil }
}
