import PostgreSQL

@testable import Failover

/// One instance of the simulation: its disk, its postgres and its manager's shell, all as simple as they can be and as
/// unreliable as they may be.
final class Machine {
  enum Server: Equatable {
    case down
    /// Starting or recovering until a time.
    case recovering
    case standby
    case primary(opening: LSN)
    /// Shut down cleanly; nothing is left of it.
    case shutDown
  }

  // On disk
  var identity: VolumeIdentity
  var commitment = Commitment()
  var log = Log()
  var isComplete = false
  /// With a standby.signal.
  var isStandbyData = false
  /// Past this the copy or rewind is complete.
  var completeFrom: LSN?
  var hasData = false

  // In memory
  var participant: Participant?
  /// What it was last told of its postgres.
  var observed: Observation?
  var isUp = true
  var isFrozen = false
  var life = 0
  var server = Server.down
  var goal: Goal?
  var goalNumber = 0
  /// The requirement that postgres counts by.
  var inForce = StandbyRequirement(names: [], number: 0)
  /// The connection of its walreceiver: from whom, under which name, and which of all connections.
  var source: (name: String, number: Int, application: String)?
  var lastStream = Int.min / 2
  /// On a primary: what has been confirmed, by the name it streams under.
  var confirmed: [String: LSN] = [:]
  /// Commits that wait: where they end.
  var waiting: [(id: Int, end: Int, since: Int)] = []
  var doorsAreOpen = false
  /// Events that came while it was frozen.
  var backlog: [Event] = []
  var obstacle: Obstacle?
  /// Ticks of its clock last this long.
  var tickLength = 100

  /// By its goal somebody has to confirm, whatever postgres does.
  var isProtected: Bool { if case .lead(_, let requirement) = goal { requirement.number > 0 } else { false } }

  init(identity: VolumeIdentity) { self.identity = identity }
}
