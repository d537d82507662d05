import Foundation
import Processes
import Synchronization
import Web

/// Sends a container's log, and, when asked to follow, what is added to it until the container ends.
struct LogStream: Sendable {
  let directory: ContainerDirectory
  let query: LogQuery
  let runtime: ContainerRuntime

  /// - Throws: when the client is gone.
  func send(to writer: ResponseWriter) async throws {
    let cursor = LogCursor(directory, query)
    guard query.follows else {
      _ = try await drain(cursor, to: writer)
      return
    }
    // Watched before it is read, so that nothing is missed in between.
    let watch = LogWatch(directory.path)
    let wakeup = Wakeup()
    let end = EndMark()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        if let watch {
          await watch.run { wakeup.signal() }
        }
        // Without a watch (the kernel limits them for a user) look now and then.
        while !Task.isCancelled {
          try await Task.sleep(for: .seconds(1))
          wakeup.signal()
        }
      }
      group.addTask {
        await runtime.end(of: directory)
        end.set()
        wakeup.signal()
      }
      defer { group.cancelAll() }
      while !Task.isCancelled {
        // Asked before the reading: what the container wrote before its end is then read in this round.
        let hasEnded = end.isSet
        guard try await drain(cursor, to: writer), !hasEnded else { return }
        await wakeup.wait()
      }
    }
  }

  /// Sends everything up to the present end; false when no more may be sent.
  private func drain(_ cursor: LogCursor, to writer: ResponseWriter) async throws -> Bool {
    while true {
      let chunk = try await Blocking.run { cursor.next() }
      if !chunk.bytes.isEmpty { try await writer.write(chunk.bytes) }
      if chunk.isExhausted { return false }
      if chunk.isAtEnd { return true }
      try Task.checkCancellation()
    }
  }
}

/// A place in a log. Its calls block.
final class LogCursor: Sendable {
  private struct State: ~Copyable {
    var files: LogFiles
    var filter: LogFilter
  }

  private let state: Mutex<State>

  init(_ directory: ContainerDirectory, _ query: LogQuery) {
    state = Mutex(State(files: LogFiles(directory, tail: query.tailLines), filter: LogFilter(query)))
  }

  func next() -> (bytes: [UInt8], isAtEnd: Bool, isExhausted: Bool) {
    state.withLock { state in
      let records = state.files.next()
      var bytes: [UInt8] = []
      for record in records { bytes += state.filter.bytes(for: record) }
      return (bytes, records.isEmpty, state.filter.isExhausted)
    }
  }
}
