import ClusterAPI
import Kubernetes
import Synchronization

/// What passes found out that later ones need not find out again. All of it may be forgotten at any time.
final class PassMemory: Sendable {
  /// What defaults and validation look at.
  private struct Admitted: Equatable {
    var spec: ClusterSpec
    var labels: [String: String]
    var annotations: [String: String]

    init(_ cluster: Cluster) {
      (spec, labels, annotations) = (cluster.spec, cluster.labels, cluster.annotations)
    }
  }

  /// After so long it is tried again whether somebody has installed the kind.
  private static let absence = Duration.seconds(30)

  /// After so long a node's labels are read again.
  private static let nodeLabelsLifetime = Duration.seconds(60)

  private struct NodeLabels {
    var labels: [String: String]
    var seen: ContinuousClock.Instant
  }

  private let nodes = Mutex<[String: NodeLabels]>([:])
  private let admitted = Mutex<[ObjectKey: Admitted]>([:])
  private let unknownKinds = Mutex<[ResourceType: ContinuousClock.Instant]>([:])

  /// Whether the Cluster was found complete and valid as it is now.
  func isAdmitted(_ cluster: Cluster) -> Bool { admitted.withLock { $0[cluster.key] } == Admitted(cluster) }

  func noteAdmitted(_ cluster: Cluster) { admitted.withLock { $0[cluster.key] = Admitted(cluster) } }

  func forget(_ key: ObjectKey) { admitted.withLock { $0[key] = nil } }

  func nodeLabels(_ node: String) -> [String: String]? {
    nodes.withLock { nodes in
      nodes = nodes.filter { .now - $0.value.seen < Self.nodeLabelsLifetime }
      return nodes[node]?.labels
    }
  }

  func noteNodeLabels(_ node: String, _ labels: [String: String]) {
    nodes.withLock { $0[node] = NodeLabels(labels: labels, seen: .now) }
  }

  /// Whether the API server did not know the kind a moment ago.
  func isUnknown(_ resource: ResourceType) -> Bool {
    unknownKinds.withLock { kinds in kinds[resource].map { .now - $0 < Self.absence } ?? false }
  }

  func noteUnknown(_ resource: ResourceType) { unknownKinds.withLock { $0[resource] = .now } }
}
