/// When each node was last heard, by this process' own clock: the clocks of others decide nothing, and after a pause of
/// this process every node gets its full time again.
struct NodeHeartbeats: Sendable {
  private var seen: [String: (renewal: String, at: ContinuousClock.Instant)] = [:]
  let grace: Duration

  init(grace: Duration) { self.grace = grace }

  /// - Parameter renewal: whatever changes with each sign of life.
  mutating func observe(_ node: String, renewal: String, at now: ContinuousClock.Instant) {
    if let known = seen[node], known.renewal == renewal { return }
    seen[node] = (renewal, now)
  }

  mutating func forget(_ node: String) { seen[node] = nil }

  func isSilent(_ node: String, at now: ContinuousClock.Instant) -> Bool {
    guard let last = seen[node]?.at else { return false }
    return last + grace <= now
  }

  /// When the node falls silent if nothing more is heard of it.
  func deadline(of node: String) -> ContinuousClock.Instant? { seen[node].map { $0.at + grace } }
}
