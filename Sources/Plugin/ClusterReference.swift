import ClusterAPI
import Kubernetes

/// The Cluster that a command is about.
public struct ClusterReference: Sendable, Hashable {
  public let name: String
  public let namespace: String

  public init(_ name: String, in namespace: String) {
    self.name = name
    self.namespace = namespace
  }

  /// The instance that an argument means: a number is that of an instance, everything else the name of its pod.
  public func instance(_ argument: String) -> String {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let isNumber = !argument.isEmpty && argument.utf8.allSatisfy { digits.contains($0) }
    return isNumber ? "\(name)-\(argument)" : argument
  }
}

/// Why a command cannot do what it was asked for, and what to look at.
public enum ClusterProblem: Error, Sendable, Equatable, CustomStringConvertible {
  case noCluster(ClusterReference, reason: String)
  case noInstance(String, ClusterReference, reason: String)
  case notInitialized(ClusterReference)
  case notOwned(String, ClusterReference)
  case nothingOf(String, ClusterReference)
  case noObjectStore(ClusterReference)
  case keepsChanging(ClusterReference)
  case noAnswer(server: String, Duration)

  public var description: String {
    switch self {
    case .noCluster(let cluster, let reason):
      "cluster \(cluster.name) not found in namespace \(cluster.namespace): \(reason). "
        + "`kubectl get clusters -A` lists what there is."
    case .noInstance(let instance, let cluster, let reason):
      "new primary node \(instance) not found in namespace \(cluster.namespace): \(reason). "
        + "`kubectl get pods -n \(cluster.namespace) -l \(Labels.cluster)=\(cluster.name)` lists the instances."
    case .notInitialized(let cluster):
      "cluster \(cluster.name) has no primary yet that could hand over: "
        + "`kubectl cnpg status \(cluster.name) -n \(cluster.namespace)` says what it waits for."
    case .notOwned(let instance, let cluster):
      "instance \(instance) is not owned by cluster \(cluster.name): nothing was deleted. "
        + "`kubectl get pod \(instance) -n \(cluster.namespace) -o yaml` shows under ownerReferences whose it is."
    case .nothingOf(let instance, let cluster):
      "there is neither a pod nor a volume of an instance \(instance) of cluster \(cluster.name). "
        + "`kubectl get pods,pvc -n \(cluster.namespace) -l \(Labels.cluster)=\(cluster.name)` lists what there is."
    case .noObjectStore(let cluster):
      "cluster \(cluster.name) has no spec.backup.barmanObjectStore, so there is nowhere to back it up to: nothing was "
        + "created. `kubectl explain cluster.spec.backup.barmanObjectStore` says what belongs there."
    case .noAnswer(let server, let timeout):
      "the API server at \(server) did not answer in \(timeout.components.seconds)s; --timeout gives it longer."
    case .keepsChanging(let cluster):
      "the status of cluster \(cluster.name) was changed by somebody else each time: nothing was written. Try again."
    }
  }
}
