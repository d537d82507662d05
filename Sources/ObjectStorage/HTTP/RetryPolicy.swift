/// When something that failed is tried again. A value without a clock.
///
/// Waits double from try to try, and a random part of each is waited ("full jitter"), so that many who failed together do not
/// come back together (AWS Architecture Blog, "Exponential Backoff And Jitter").
public struct RetryPolicy: Sendable, Equatable {
  public var first: Duration
  public var limit: Duration
  /// From the first try on; after it nothing is tried again.
  public var deadline: Duration

  public init(
    first: Duration = .milliseconds(200), limit: Duration = .seconds(10), deadline: Duration = .seconds(60)
  ) {
    self.first = first
    self.limit = limit
    self.deadline = deadline
  }

  /// - Parameters:
  ///   - failures: in a row, at least 1.
  ///   - random: from 0 to 1.
  public func pause(afterFailures failures: Int, random: Double = .random(in: 0...1)) -> Duration {
    var longest = first
    for _ in 1..<max(failures, 1) where longest < limit { longest *= 2 }
    return min(longest, limit) * min(max(random, 0), 1)
  }

  /// How long to wait before the next try; nil where there is to be none.
  ///
  /// - Parameters:
  ///   - elapsed: since the first try began.
  ///   - retryAfter: what the service asked for.
  public func pause(
    afterFailures failures: Int, elapsed: Duration, retryAfter: Duration?, random: Double = .random(in: 0...1)
  ) -> Duration? {
    let pause = max(pause(afterFailures: failures, random: random), retryAfter ?? .zero)
    return elapsed + pause < deadline ? pause : nil
  }

  /// Statuses that say nothing about the request itself, only about the moment.
  public static func isTransient(status: Int) -> Bool { [408, 429, 500, 502, 503, 504].contains(status) }
}
