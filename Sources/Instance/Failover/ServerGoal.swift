import Failover
import PostgreSQL
import Synchronization

/// What the failover asks of postgres, for the control loop to bring about: the newest wish, never a queue.
final class ServerGoal: Sendable {
  struct Wish: Sendable, Equatable {
    var goal: Goal?
    var number = 0
    /// Clients may come in; of meaning on a primary only.
    var doorsAreOpen = false
    /// What a standby asks for should it be promoted, so that it is in force before that.
    var anticipated: StandbyRequirement?

    /// Whether what is done for an earlier wish is no longer wanted.
    func replaces(_ earlier: Wish) -> Bool {
      number != earlier.number || (earlier.doorsAreOpen && !doorsAreOpen)
    }

    /// Whether the instance is the one to follow.
    func asksToFollow(_ instance: String?) -> Bool {
      guard let instance, case .follow(let leader, _, _) = goal else { return false }
      return leader.name == instance
    }
  }

  private let state = Mutex(Wish())
  /// Something new is wished for: whatever the control loop is doing, it looks up.
  let changed = Wakeup()

  var wish: Wish { state.withLock { $0 } }

  func update(_ change: (inout Wish) -> Void) {
    let isNew = state.withLock { wish in
      let old = wish
      change(&wish)
      return wish != old
    }
    if isNew { changed.signal() }
  }
}
