import ClusterAPI
import Failover
import Foundation
import PostgreSQL
import Synchronization

/// What the instance is doing at the moment, for probes and `/pg/status`.
enum Activity: Sendable, Equatable {
  /// Something is missing; the text says what.
  case waiting(String)
  case initializing
  /// A backup is being made the cluster's first data; the text says what is done.
  case restoring(String)
  case cloning
  case rewinding
  /// postgres was started and does not accept connections yet: it recovers.
  case starting
  case running
  case stopping
  case fenced

  /// While it lasts, postgres is down on purpose, so no probe holds that against the instance.
  var isIntentionallyDown: Bool {
    switch self {
    case .starting, .running: false
    default: true
    }
  }
}

extension Activity: CustomStringConvertible {
  /// For people, who read it in `kubectl cnpg status`.
  var description: String {
    switch self {
    case .waiting(let reason): "waiting: \(reason)"
    case .initializing: "initializing"
    case .restoring(let step): "restoring: \(step)"
    case .cloning: "being copied"
    case .rewinding: "rewinding"
    case .starting: "starting"
    case .running: "running"
    case .stopping: "stopping"
    case .fenced: "fenced"
    }
  }
}

/// The state that the control loop writes and the endpoints read.
final class InstanceState: Sendable {
  struct Values: Sendable {
    var activity = Activity.waiting("the API server has not answered yet")
    var role: InstanceRole?
    var systemIdentifier: SystemIdentifier?
    /// SHA-256 of the configuration that postgres runs with.
    var loadedConfigurationHash: String?
    /// Parameters whose new values need a restart.
    var pendingRestart: [String] = []
    /// One of them is a decrease of a parameter in which a standby must not go below its primary.
    var pendingRestartForDecrease = false
    /// SHA-256 of the running program.
    var executableHash: String?
    /// Different for each run of the instance manager.
    let sessionID = UUID().uuidString.lowercased()
    var cluster: Cluster?
    /// The goal of the failover that postgres was last brought to, or is being brought to by itself.
    var reachedGoal = 0
    /// Consecutive ends of postgres that nobody asked for.
    var crashes = 0
    /// The data are there, and no copy or rewind is unfinished.
    var isComplete = false
    /// Whose data are being copied at the moment.
    var copiesFrom: String?
    /// The pod is being deleted.
    var isTerminating = false
    /// What keeps it from being what it should be.
    var trouble: String?
    /// As the primary: how many standbys do not follow and will not by being waited for.
    var stuckStandbys = 0
    /// Why this instance cannot become primary.
    var obstacle: Obstacle?
    /// Where the log of a primary ends that has shut down cleanly, as long as it rests.
    var shutdownEnd: Position?
  }

  private let values = Mutex(Values())

  var current: Values { values.withLock { $0 } }

  func update(_ change: @Sendable (inout Values) -> Void) { values.withLock { change(&$0) } }
}
