import CLinux
import Dispatch
import Glibc
import Processes

/// Waits for the end of a process that is not our child, by a descriptor for it (pidfd_open(2)), which becomes readable
/// then. No number is compared again, so a recycled one does no harm.
enum ProcessWatch {
  /// Returns when the process has ended or the task is cancelled.
  ///
  /// - Returns: false where the process cannot be watched, which mostly means that it is gone already.
  static func end(of process: pid_t) async -> Bool {
    let descriptor = clinux_pidfd_open(process)
    guard descriptor >= 0 else { return false }
    let (ended, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let source = ReadSource(descriptor: descriptor, queue: queue) { _ in
      continuation.finish()
    } onCancel: {
      close(descriptor)
    }
    for await _ in ended {}
    source.cancel()
    return true
  }

  private static let queue = DispatchQueue(label: "matriarch.process-watch")
}
