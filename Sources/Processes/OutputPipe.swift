import CLinux
import Dispatch
import Glibc
import Synchronization

/// Collects what a child writes, so that it never waits for us.
final class OutputPipe: Sendable {
  private struct State {
    var bytes: [UInt8] = []
    var isTruncated = false
    var ended = false
    var source: (any DispatchSourceRead)?
  }

  /// For the child.
  let writeEnd: Int32
  private let readEnd: Int32
  private let limit: Int
  private let queue = DispatchQueue(label: "matriarch.processes.output")
  private let state = Mutex(State())

  init(limit: Int, executable: String) throws(ProcessError) {
    var ends: [Int32] = [-1, -1]
    guard clinux_pipe(&ends) == 0 else { throw .cannotStart(executable: executable, code: errno) }
    // Only our end: a program that gets a non-blocking stream loses output.
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    (readEnd, writeEnd) = (ends[0], ends[1])
    self.limit = limit
  }

  /// The child was not started.
  func abandon() {
    close(readEnd)
    close(writeEnd)
  }

  /// The child has its end now.
  func begin() {
    close(writeEnd)
    state.withLock {
      let source = DispatchSource.makeReadSource(fileDescriptor: readEnd, queue: queue)
      source.setEventHandler { self.drain() }
      source.setCancelHandler { [readEnd] in close(readEnd) }
      source.activate()
      $0.source = source
    }
  }

  /// Reads what is there, without waiting.
  private func drain() {
    state.withLock { state in
      var buffer = [UInt8](repeating: 0, count: 65536)
      while !state.ended {
        let count = read(readEnd, &buffer, buffer.count)
        if count < 0 && errno == EINTR { continue }
        if count < 0 && errno == EAGAIN { return }
        guard count > 0 else {
          state.ended = true
          // Or it would be readable for ever.
          state.source?.cancel()
          return
        }
        let room = limit - state.bytes.count
        state.bytes.append(contentsOf: buffer[..<min(count, room)])
        if count > room { state.isTruncated = true }
      }
    }
  }

  /// Everything that was written until now.
  func finish() async -> (bytes: [UInt8], isTruncated: Bool) {
    await withCheckedContinuation { continuation in
      queue.async {
        self.drain()
        let result = self.state.withLock { state in
          state.source?.cancel()
          state.source = nil
          state.ended = true
          return (state.bytes, state.isTruncated)
        }
        continuation.resume(returning: result)
      }
    }
  }
}
