import Dispatch

/// Runs the work of one connection, a job at a time, on a queue of its own.
///
/// libpq blocks (name resolution, waiting for an answer). On the cooperative pool, which is as wide as the machine has
/// cores, two blocked connections would stop everything else in the process.
final class ConnectionExecutor: SerialExecutor {
  private let queue = DispatchQueue(label: "matriarch.postgresql.connection")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}
