import Failover

/// What this instance does next: the one place where what is on disk and what the failover asks for come together.
///
/// Who is primary is decided by ``Failover``'s participant, which says it as a goal. Until a cluster has a leader, its
/// status names the instance that makes the first data.
enum InstanceDecision {
  /// What the Cluster's status says of the primary.
  struct Record: Sendable, Equatable {
    /// `status.currentPrimary`; nil before there was one.
    var current: String?
    /// `status.targetPrimary`.
    var target: String?
    /// Condition `Initialized`: the cluster had data once, so nobody makes an empty one in its place.
    var isInitialized: Bool
  }

  enum Step: Sendable, Equatable {
    /// Make the cluster's first data.
    case initialize
    /// Copy this instance's data into the empty directory. It is the primary, or about to become the cluster's first:
    /// then the copy counts only once it has.
    case clone(from: String)
    /// These are the cluster's first data: say so, to become its leader.
    case found
    /// Bring postgres there.
    case pursue(Goal)
    /// Do nothing, for the reason given.
    case wait(String)
  }

  static func step(instance: String, data: DataDirectoryState, record: Record, goal: Goal?) -> Step {
    switch data {
    case .damaged(let reason):
      .wait(reason)
    case .empty, .incomplete:
      stepWithoutData(instance: instance, record: record, goal: goal)
    case .complete(let isStandby):
      stepWithData(instance: instance, isStandby: isStandby, record: record, goal: goal)
    }
  }

  private static func stepWithoutData(instance: String, record: Record, goal: Goal?) -> Step {
    if case .follow(let leader, _, _) = goal { return .clone(from: leader.name) }
    if record.isInitialized || goal != nil {
      return .wait(
        record.current == instance
          ? "This instance is the cluster's primary (status.currentPrimary), but its data directory is empty. "
            + "It waits until another instance is primary, and then copies its data."
          : "The cluster was initialized before, but this instance has no data and no primary is known. "
            + "Matriarch never makes an empty database in place of a lost one: restore a backup into a new Cluster.")
    }
    guard let target = record.current ?? record.target else {
      return .wait("Waiting for the first instance to be chosen.")
    }
    return target == instance ? .initialize : .clone(from: target)
  }

  private static func stepWithData(instance: String, isStandby: Bool, record: Record, goal: Goal?) -> Step {
    if let goal { return .pursue(goal) }
    if !isStandby, record.target ?? instance == instance, record.current ?? instance == instance { return .found }
    return .wait("Waiting until it is known who leads.")
  }
}

enum InstanceRole: String, Sendable {
  case primary
  case standby
}
