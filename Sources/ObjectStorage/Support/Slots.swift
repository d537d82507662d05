import Synchronization

/// A number of slots for which tasks line up.
final class Slots: Sendable {
  private struct State {
    var free: Int
    /// In the order they came.
    var waiting: [(id: Int, continuation: CheckedContinuation<Void, any Error>)] = []
    var nextID = 0
    /// Of tasks that were cancelled before they lined up.
    var cancelled: Set<Int> = []
    var failure: (any Error)?
  }

  private let state: Mutex<State>

  init(_ count: Int) { state = Mutex(State(free: count)) }

  /// Waits for a slot.
  ///
  /// - Throws: `CancellationError`, or what ``fail(_:)`` said.
  func acquire() async throws {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let now: Result<Void, any Error>? = state.withLock { state in
          if let failure = state.failure { return .failure(failure) }
          if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
          if state.free > 0 {
            state.free -= 1
            return .success(())
          }
          state.waiting.append((id, continuation))
          return nil
        }
        if let now { continuation.resume(with: now) }
      }
    } onCancel: {
      let waiting = state.withLock { state -> CheckedContinuation<Void, any Error>? in
        guard let index = state.waiting.firstIndex(where: { $0.id == id }) else {
          state.cancelled.insert(id)
          return nil
        }
        return state.waiting.remove(at: index).continuation
      }
      waiting?.resume(throwing: CancellationError())
    }
    // Cancelled after the slot was given: nobody will ask for this number again.
    state.withLock { _ = $0.cancelled.remove(id) }
  }

  func release() {
    let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
      guard state.waiting.isEmpty else { return state.waiting.removeFirst().continuation }
      state.free += 1
      return nil
    }
    next?.resume()
  }

  /// Nobody gets a slot any more.
  func fail(_ error: any Error) {
    let waiting = state.withLock { state in
      defer { state.waiting = [] }
      state.failure = state.failure ?? error
      return state.waiting
    }
    for one in waiting { one.continuation.resume(throwing: error) }
  }
}
