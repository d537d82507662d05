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
    var source: ReadSource?
  }

  /// For the child.
  let writeEnd: Int32
  private let readEnd: Int32
  private let limit: Int
  private let onOutput: (@Sendable ([UInt8]) -> Void)?
  private let queue = DispatchQueue(label: "matriarch.processes.output")
  private let state = Mutex(State())

  /// - Parameters:
  ///   - limit: how many of the last bytes are kept.
  ///   - onOutput: is given everything, piece by piece, on a thread of its own, which it may block.
  init(
    limit: Int, executable: String, onOutput: (@Sendable ([UInt8]) -> Void)? = nil
  ) throws(ProcessError) {
    var ends: [Int32] = [-1, -1]
    guard clinux_pipe(&ends) == 0 else { throw .cannotStart(executable: executable, code: errno) }
    // Only our end: a program that gets a non-blocking stream loses output.
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    (readEnd, writeEnd) = (ends[0], ends[1])
    self.limit = limit
    self.onOutput = onOutput
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
      $0.source = ReadSource(descriptor: readEnd, queue: queue) { _ in
        self.drain()
      } onCancel: { [readEnd] in
        close(readEnd)
      }
    }
  }

  /// Reads what is there, without waiting.
  private func drain() {
    var fresh: [UInt8] = []
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
        if onOutput != nil { fresh += buffer[..<count] }
        state.bytes += buffer[..<count]
        // The end is kept, where the reason of a failure stands. Cut now and then, not with each read.
        if state.bytes.count > limit {
          state.isTruncated = true
          if state.bytes.count > 2 * limit { state.bytes.removeFirst(state.bytes.count - limit) }
        }
      }
    }
    if !fresh.isEmpty { onOutput?(fresh) }
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
          return (Array(state.bytes.suffix(self.limit)), state.isTruncated)
        }
        continuation.resume(returning: result)
      }
    }
  }
}
