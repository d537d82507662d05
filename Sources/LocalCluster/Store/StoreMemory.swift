import Kubernetes
import Synchronization

/// The state in memory behind its lock, and the readers waiting for it to change.
final class StoreMemory: Sendable {
  private struct Guarded: Sendable {
    var state: StoreState
    var waiters: [Int: (resource: String, wake: CheckedContinuation<Void, Never>)] = [:]
    var latestWaiter = 0
  }

  private let guarded: Mutex<Guarded>
  let selectableFields: @Sendable (String, JSON) -> [String: String]

  init(_ state: StoreState, selectableFields: @escaping @Sendable (String, JSON) -> [String: String]) {
    guarded = Mutex(Guarded(state: state))
    self.selectableFields = selectableFields
  }

  /// The state as it is. A copy shares its storage, so taking one is cheap.
  var state: StoreState { guarded.withLock { $0.state } }

  /// The answers to writes and what they change, if they were made durable now.
  func decide(_ writes: [StoreWrite]) -> StoreDecision {
    var batch = StoreBatch(on: state, selectableFields: selectableFields)
    let answers = writes.map { batch.apply($0) }
    return StoreDecision(answers: answers, events: batch.events, revision: batch.revision)
  }

  /// Makes durable events visible.
  func take(_ events: [StoreEvent]) {
    let changed = Set(events.map(\.object.key.resource))
    let woken = guarded.withLock { guarded in
      guarded.state.take(events)
      let woken = guarded.waiters.filter { changed.contains($0.value.resource) }
      for id in woken.keys { guarded.waiters[id] = nil }
      return woken.values.map(\.wake)
    }
    for wake in woken { wake.resume() }
  }

  /// Waits for a change of the resource after a revision; returns at once if there was one, and when cancelled.
  func change(of resource: String, after revision: Int64) async {
    let id = guarded.withLock { guarded in
      guarded.latestWaiter += 1
      return guarded.latestWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { wake in
        let isDue = guarded.withLock { guarded in
          // Too old a revision counts as a change: the reader finds out when it reads.
          let events = try? guarded.state.log.events(after: revision)
          if Task.isCancelled || events?.contains(where: { $0.object.key.resource == resource }) ?? true { return true }
          guarded.waiters[id] = (resource, wake)
          return false
        }
        if isDue { wake.resume() }
      }
    } onCancel: {
      guarded.withLock { $0.waiters.removeValue(forKey: id)?.wake }?.resume()
    }
  }
}

/// What one batch of writes comes to.
struct StoreDecision: Sendable {
  let answers: [Result<StoredObject, StoreError>]
  let events: [StoreEvent]
  let revision: Int64
}
