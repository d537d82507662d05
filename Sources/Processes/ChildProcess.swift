import CLinux
import Dispatch
import Glibc
import Synchronization

/// A child process of ours, from its start to its exit.
///
/// Its exit is an event of its pidfd, which becomes readable when the process ends (Linux 5.3): no thread waits for it,
/// no `SIGCHLD` is needed, and only this object collects it, so that no zombie stays and no exit is lost.
public final class ChildProcess: Sendable {
  private struct State {
    var status: ExitStatus?
    /// -1 once the exit was collected.
    var descriptor: Int32
    var waiters: [Int: CheckedContinuation<ExitStatus?, Never>] = [:]
    var nextWaiter = 0
  }

  /// The process number. It may belong to another process once this one has ended; use ``send(_:)`` for signals.
  public let id: pid_t
  private let state: Mutex<State>

  private static let queue = DispatchQueue(label: "matriarch.processes.exits")

  /// Starts a program.
  ///
  /// - Throws: ``ProcessError/cannotStart(executable:code:)``, also where there is no such program.
  public static func start(_ specification: ProcessSpecification) throws(ProcessError) -> ChildProcess {
    // Under the registry's lock, so that the reaper of orphans never sees a child that is not registered yet.
    try ChildRegistry.shared.register { () throws(ProcessError) -> (pid_t, ChildProcess) in
      let pid = try specification.spawn()
      let descriptor = clinux_pidfd_open(pid)
      guard descriptor >= 0 else {
        let code = errno
        kill(pid, SIGKILL)
        var exit = clinux_exit()
        clinux_reap_pid(pid, 1, &exit)
        throw .cannotStart(executable: specification.executable, code: code)
      }
      return (pid, ChildProcess(pid: pid, descriptor: descriptor))
    }
  }

  private init(pid: pid_t, descriptor: Int32) {
    id = pid
    state = Mutex(State(descriptor: descriptor))
    _ = ReadSource(descriptor: descriptor, queue: Self.queue) { source in
      if self.collect() { source.cancel() }
    } onCancel: {
      close(descriptor)
    }
  }

  /// - Returns: whether the process has ended.
  private func collect() -> Bool {
    let ended = state.withLock { state -> (ExitStatus, [CheckedContinuation<ExitStatus?, Never>])? in
      var exit = clinux_exit()
      let result = clinux_reap(state.descriptor, &exit)
      guard result < 0 || exit.ended != 0 else { return nil }
      // It fails only where somebody else collected the exit (ECHILD): then it is lost, and an unknown end is no success.
      let status = result < 0 ? ExitStatus.exited(255) : ExitStatus(exit)
      state.status = status
      state.descriptor = -1
      defer { state.waiters = [:] }
      return (status, Array(state.waiters.values))
    }
    guard let (status, waiters) = ended else { return false }
    ChildRegistry.shared.remove(id)
    for waiter in waiters { waiter.resume(returning: status) }
    return true
  }

  /// How it ended; nil while it runs.
  public var status: ExitStatus? { state.withLock { $0.status } }

  /// Waits for the exit, for as long as it takes, also when the task is cancelled. Any number of tasks may wait.
  public func wait() async -> ExitStatus {
    while true {
      let status = await withCheckedContinuation { continuation in enqueue(continuation) }
      if let status { return status }
    }
  }

  /// Waits for the exit.
  ///
  /// - Returns: nil where the deadline has passed or the task was cancelled before; the process runs on then.
  public func wait(deadline: Duration) async -> ExitStatus? {
    await withTaskGroup(of: ExitStatus?.self) { group in
      group.addTask { await self.waitUnlessCancelled() }
      group.addTask {
        try? await Task.sleep(for: deadline)
        return nil
      }
      defer { group.cancelAll() }
      return await group.next() ?? nil
    }
  }

  /// Kills the process group that the process leads and waits until it is gone, also in a cancelled task; five seconds
  /// at most, because a process that hangs in the kernel dies only when its disk lets it.
  func killGroup() async {
    sendToGroup(SIGKILL)
    _ = await withCheckedContinuation { continuation in
      if let number = enqueue(continuation) {
        Self.queue.asyncAfter(deadline: .now() + 5) { self.abandon(number) }
      }
    }
  }

  /// Waits for the exit.
  ///
  /// - Returns: nil where the task was cancelled before; the process runs on then.
  public func waitUnlessCancelled() async -> ExitStatus? {
    let key = Mutex<Int?>(nil)
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let number = enqueue(continuation)
        key.withLock { $0 = number }
        // Cancelled before the number was known: the handler below found nothing to resume.
        if Task.isCancelled, let number { abandon(number) }
      }
    } onCancel: {
      if let number = key.withLock({ $0 }) { abandon(number) }
    }
  }

  @discardableResult
  private func enqueue(_ continuation: CheckedContinuation<ExitStatus?, Never>) -> Int? {
    let (number, status) = state.withLock { state -> (Int?, ExitStatus?) in
      if let status = state.status { return (nil, status) }
      state.nextWaiter += 1
      state.waiters[state.nextWaiter] = continuation
      return (state.nextWaiter, nil)
    }
    if let status { continuation.resume(returning: status) }
    return number
  }

  private func abandon(_ number: Int) {
    state.withLock { $0.waiters.removeValue(forKey: number) }?.resume(returning: nil)
  }

  /// Sends a signal to the process; nothing where it has ended.
  public func send(_ signal: Int32) {
    state.withLock { if $0.descriptor >= 0 { clinux_pidfd_send_signal($0.descriptor, signal) } }
  }

  /// Sends a signal to the process group that the process leads (``ProcessSpecification/newProcessGroup``); nothing where
  /// it has ended: until its exit is collected its number cannot be another group's.
  public func sendToGroup(_ signal: Int32) {
    state.withLock { if $0.descriptor >= 0 { kill(-id, signal) } }
  }
}
