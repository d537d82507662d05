import Foundation

/// How long the kubelet waits before it starts a container again: the first time not at all, then 10 s, doubling up to
/// five minutes, and from the beginning again after a run of ten minutes.
struct RestartBackoff: Sendable, Equatable {
  static let initial: TimeInterval = 10
  static let maximum: TimeInterval = 300

  /// The delay after the next end of the container; nil before its first restart.
  private(set) var delay: TimeInterval?
  /// When the delay was last enlarged.
  private var updated: Date = .distantPast

  /// When a container that ended at `finished` may start again, or nil: at once.
  func earliestRestart(after finished: Date, now: Date) -> Date? {
    guard let delay, !isExpired(at: finished) else { return nil }
    let earliest = finished + delay
    return earliest > now ? earliest : nil
  }

  /// Notes that a container that ended at `finished` starts again.
  mutating func noteRestart(after finished: Date) {
    if let current = delay, !isExpired(at: finished) {
      delay = min(current * 2, Self.maximum)
    } else {
      delay = Self.initial
    }
    updated = finished
  }

  private func isExpired(at finished: Date) -> Bool { finished.timeIntervalSince(updated) > 2 * Self.maximum }
}
