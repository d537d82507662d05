import Foundation
import Synchronization

/// Wakes the one task that waits for something to do. Signals before it waits are remembered as one.
final class Wakeup: Sendable {
  private struct State {
    var isPending = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  func signal() {
    let waiter = state.withLock { state in
      state.isPending = state.waiter == nil
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }

  /// Returns at the next signal, or when the task is cancelled.
  func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDone = state.withLock { state in
          if state.isPending || Task.isCancelled {
            state.isPending = false
            return true
          }
          state.waiter = continuation
          return false
        }
        if isDone { continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        defer { state.waiter = nil }
        return state.waiter
      }
      waiter?.resume()
    }
  }

  /// Returns at the next signal, at the given time, or when the task is cancelled.
  ///
  /// A time that is over is waited for a moment as well, so that no mistake of its maker keeps a core busy.
  func wait(until date: Date?) async {
    guard let date else { return await wait() }
    await wait(atMost: .seconds(max(date.timeIntervalSinceNow, 0.1)))
  }

  /// Returns at the next signal, after the given time, or when the task is cancelled.
  ///
  /// A day is as good as for ever; much longer times cannot be slept.
  func wait(atMost limit: Duration) async {
    let limit = min(limit, .seconds(86_400))
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.wait() }
      group.addTask { try? await Task.sleep(for: limit) }
      await group.next()
      group.cancelAll()
    }
  }
}
