import Foundation
import Glibc
import Synchronization

/// An amount of data for people: `1.6 GB`.
enum Bytes {
  static func text(_ count: Int64) -> String { ByteCountFormatter.string(fromByteCount: count, countStyle: .memory) }
}

/// How far something long is: one line on a terminal that is written over; nothing elsewhere.
final class ProgressLine: Sendable {
  private struct State {
    var done: Int64 = 0
    var shown: ContinuousClock.Instant?
    var width = 0
  }

  private let state = Mutex(State())
  private let what: String
  private let total: Int64?
  private let isTerminal = isatty(STDERR_FILENO) == 1

  /// - Parameter total: bytes; nil where nobody knows.
  init(_ what: String, total: Int64?) {
    self.what = what
    self.total = total
  }

  func add(_ count: Int64) {
    guard isTerminal else { return }
    state.withLock { state in
      state.done += count
      if let shown = state.shown, .now - shown < .milliseconds(200) { return }
      state.shown = .now
      var line = "\(what) \(Bytes.text(state.done))"
      if let total, total > 0 { line += " of \(Bytes.text(total)) (\(min(100, state.done * 100 / total)) %)" }
      Self.write("\r" + line.padding(toLength: max(state.width, line.count), withPad: " ", startingAt: 0))
      state.width = line.count
    }
  }

  /// Takes the line away.
  func end() {
    state.withLock { state in
      if state.width > 0 { Self.write("\r" + String(repeating: " ", count: state.width) + "\r") }
      state.width = 0
    }
  }

  private static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
