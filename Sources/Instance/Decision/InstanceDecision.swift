/// Who is primary, and what this instance does about it: the one place where that is decided.
///
/// A pure function of what is on disk and what the Cluster's status says. Failover will decide here; until it is built,
/// `status.currentPrimary` names the primary, and it is set once, by the first primary.
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
    /// Run postgres on the data there are. `rewind`: they were a primary's, so first undo what the others do not have.
    case run(InstanceRole, rewind: Bool)
    /// Do nothing, for the reason given.
    case wait(String)
  }

  static func step(instance: String, data: DataDirectoryState, record: Record) -> Step {
    switch data {
    case .damaged(let reason):
      .wait(reason)
    case .empty, .incomplete:
      stepWithoutData(instance: instance, record: record)
    case .complete(let isStandby):
      stepWithData(instance: instance, isStandby: isStandby, record: record)
    }
  }

  private static func stepWithoutData(instance: String, record: Record) -> Step {
    guard let current = record.current else {
      if record.isInitialized {
        return .wait(
          "The cluster was initialized before, but this instance has no data and no primary is known. "
            + "Matriarch never makes an empty database in place of a lost one: restore a backup into a new Cluster.")
      }
      guard let target = record.target else { return .wait("Waiting for the first instance to be chosen.") }
      return target == instance ? .initialize : .clone(from: target)
    }
    if current == instance {
      return .wait(
        "This instance is the cluster's primary (status.currentPrimary), but its data directory is empty. "
          + "It waits until another instance is primary, and then copies its data.")
    }
    return .clone(from: current)
  }

  private static func stepWithData(instance: String, isStandby: Bool, record: Record) -> Step {
    guard let current = record.current else {
      if record.target == instance, !isStandby { return .run(.primary, rewind: false) }
      return .wait("Waiting until the Cluster's status names the primary.")
    }
    if current == instance, !isStandby { return .run(.primary, rewind: false) }
    // The primary by the status but a standby by its data: promoting it is a failover's decision.
    return .run(.standby, rewind: !isStandby)
  }
}

enum InstanceRole: String, Sendable {
  case primary
  case standby
}
