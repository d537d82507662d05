/// How long to wait after failures in a row: doubling, up to a limit.
public struct Backoff: Sendable, Equatable {
  public var first: Duration
  public var limit: Duration

  public init(first: Duration, limit: Duration) {
    self.first = first
    self.limit = limit
  }

  /// - Parameter failures: in a row, at least 1.
  public func delay(afterFailures failures: Int) -> Duration {
    var delay = first
    for _ in 1..<max(failures, 1) where delay < limit { delay *= 2 }
    return min(delay, limit)
  }

  /// The delay, less a random part of at most half, so that many who failed together do not come back together.
  public func jitteredDelay(afterFailures failures: Int) -> Duration {
    delay(afterFailures: failures) * Double.random(in: 0.5...1)
  }
}
