import Synchronization

/// Lets one task sleep until something happens, or until a time has passed. What happens while nobody sleeps is kept:
/// the next sleep ends at once. Any number of events make one awakening.
final class Wakeup: Sendable {
  private struct State {
    var isPending = false
    var sleeper: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  func signal() {
    let sleeper = state.withLock { state in
      guard let sleeper = state.sleeper else {
        state.isPending = true
        return nil as CheckedContinuation<Void, Never>?
      }
      state.sleeper = nil
      return sleeper
    }
    sleeper?.resume()
  }

  /// Returns at the event, after `limit`, or when the task is cancelled.
  func sleep(atMost limit: Duration) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.sleep() }
      group.addTask { try? await Task.sleep(for: limit) }
      await group.next()
      group.cancelAll()
    }
  }

  /// Returns when either is signalled, after `limit`, or when the task is cancelled.
  func sleep(atMost limit: Duration, orUntil other: Wakeup) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.sleep() }
      group.addTask { await other.sleep() }
      group.addTask { try? await Task.sleep(for: limit) }
      await group.next()
      group.cancelAll()
    }
  }

  private func sleep() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let goesOn = state.withLock { state in
          if state.isPending || Task.isCancelled {
            state.isPending = state.isPending && Task.isCancelled
            return true
          }
          state.sleeper = continuation
          return false
        }
        if goesOn { continuation.resume() }
      }
    } onCancel: {
      let sleeper = state.withLock { state in
        defer { state.sleeper = nil }
        return state.sleeper
      }
      sleeper?.resume()
    }
  }
}
