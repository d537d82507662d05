import ClusterAPI
import Kubernetes

extension Blueprint {
  /// The record of who is primary. The operator only makes it; what is in it, the instances write.
  var lease: Lease { object(Lease.self, name) }
}
