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

  /// After so long a switchover is asked for again.
  private static let switchoverPause = Duration.seconds(30)

  /// So long the instances have for themselves when their primary is lost, or hands over.
  static let succession = Duration.seconds(2)

  private let losses = Mutex<[ObjectKey: ContinuousClock.Instant]>([:])
  private let switchovers = Mutex<[ObjectKey: (from: String, at: ContinuousClock.Instant)]>([:])
  private let admitted = Mutex<[ObjectKey: Admitted]>([:])
  private let unknownKinds = Mutex<[ResourceType: ContinuousClock.Instant]>([:])

  /// Whether the Cluster was found complete and valid as it is now.
  func isAdmitted(_ cluster: Cluster) -> Bool { admitted.withLock { $0[cluster.key] } == Admitted(cluster) }

  func noteAdmitted(_ cluster: Cluster) { admitted.withLock { $0[cluster.key] = Admitted(cluster) } }

  func forget(_ key: ObjectKey) {
    admitted.withLock { $0[key] = nil }
    switchovers.withLock { $0[key] = nil }
    losses.withLock { $0[key] = nil }
  }

  /// Whether the instances find out among themselves who leads: since the primary was lost, and not for long.
  func isChangingHands(_ key: ObjectKey, hasPrimary: Bool, now: ContinuousClock.Instant = .now) -> Bool {
    losses.withLock { losses in
      if hasPrimary {
        losses[key] = nil
        return false
      }
      let since = losses[key] ?? now
      losses[key] = since
      return now - since < Self.succession
    }
  }

  func noteSwitchover(_ key: ObjectKey, from primary: String, now: ContinuousClock.Instant = .now) {
    switchovers.withLock { $0[key] = (primary, now) }
  }

  /// Whether this primary was asked to hand over a moment ago. One that has taken over since has not been asked.
  func hasJustAskedForSwitchover(_ key: ObjectKey, from primary: String?, now: ContinuousClock.Instant = .now) -> Bool {
    switchovers.withLock { $0[key].map { $0.from == primary && now - $0.at < Self.switchoverPause } ?? false }
  }

  /// Whether the API server did not know the kind a moment ago.
  func isUnknown(_ resource: ResourceType) -> Bool {
    unknownKinds.withLock { kinds in kinds[resource].map { .now - $0 < Self.absence } ?? false }
  }

  func noteUnknown(_ resource: ResourceType) { unknownKinds.withLock { $0[resource] = .now } }
}
