import Dispatch
import Synchronization

/// Where calls go that block: bulk file I/O, `fsync`. The tasks' own threads are as few as the processor has cores, and
/// each of them that blocks stops the others' work.
public enum Blocking {
  /// Runs the body on a thread of its own and waits for it; a body that has begun is not interrupted by cancellation.
  ///
  /// - Throws: what the body throws, or `CancellationError` where the task was cancelled before its turn came.
  public static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try Task.checkCancellation()
    return try await withCheckedThrowingContinuation { continuation in
      BlockingPool.shared.add { continuation.resume(with: Result(catching: body)) }
    }
  }
}

/// At most eight threads, and none while there is nothing to do.
private final class BlockingPool: Sendable {
  static let shared = BlockingPool()

  private struct State {
    /// In the order they came. Each belongs to a task that waits, so there are never more than those.
    var jobs: [@Sendable () -> Void] = []
    var idle = Array(0..<8)
  }

  private let state = Mutex(State())
  // Serial queues: libdispatch gives each its own thread beyond the shared pool ("overcommit").
  private let queues = (0..<8).map { DispatchQueue(label: "matriarch.blocking.\($0)") }

  func add(_ job: @escaping @Sendable () -> Void) {
    let worker = state.withLock { state in
      state.jobs.append(job)
      return state.idle.popLast()
    }
    if let worker { queues[worker].async { self.work(worker) } }
  }

  private func work(_ worker: Int) {
    while let job = next(worker) { job() }
  }

  private func next(_ worker: Int) -> (@Sendable () -> Void)? {
    state.withLock { state in
      guard state.jobs.isEmpty else { return state.jobs.removeFirst() }
      state.idle.append(worker)
      return nil
    }
  }
}
