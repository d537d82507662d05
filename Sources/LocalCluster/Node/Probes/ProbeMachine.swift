import Foundation
import Kubernetes

/// When a container is probed, and what the answers mean: thresholds, periods, and early tries.
///
/// Times are seconds since the container's start. Kubernetes' rules, and one improvement: until a startup or readiness
/// probe has succeeded for the first time, a failed try is repeated after 100 ms, from ten seconds on after 500 ms, so that
/// a container is ready when it is ready and not when the next period begins. Such early tries count at most
/// once in a period against `failureThreshold`.
struct ProbeMachine: Sendable, Equatable {
  enum Purpose: String, Sendable, CaseIterable {
    case startup = "Startup"
    case readiness = "Readiness"
    case liveness = "Liveness"
  }

  /// What a try changed.
  enum Effect: Sendable, Equatable {
    case none
    case succeeded
    /// `failureThreshold` failures in a row.
    case failed
  }

  static let firstRetries: TimeInterval = 0.1
  static let laterRetries: TimeInterval = 0.5
  static let firstRetriesEnd: TimeInterval = 10

  let purpose: Purpose
  let period: TimeInterval
  let failureThreshold: Int
  let successThreshold: Int
  private(set) var successes = 0
  private(set) var failures = 0
  /// When the next try is due.
  private(set) var next: TimeInterval
  /// True once the probe has succeeded.
  private(set) var hasSucceeded = false
  /// Whether the failure of the last try should be told: it counted, and the container had a period's time to start.
  private(set) var isLastFailureNotable = false
  /// The beginning of the first period in which no failure has been counted yet.
  private var countingFrom: TimeInterval = 0
  private let firstTry: TimeInterval

  /// - Parameter start: when probing may begin: 0, or when the startup probe succeeded.
  init(_ probe: Probe, purpose: Purpose, start: TimeInterval = 0) {
    self.purpose = purpose
    period = TimeInterval(max(probe.periodSeconds, 1))
    failureThreshold = max(probe.failureThreshold, 1)
    successThreshold = max(probe.successThreshold, 1)
    // The delay counts from the container's start, not from the end of the startup probe (kubelet, prober/worker.go).
    next = max(start, TimeInterval(probe.initialDelaySeconds ?? 0))
    firstTry = next
  }

  private var retriesEarly: Bool { purpose != .liveness && !hasSucceeded }

  /// Takes in the result of a try that began at `started` and ended at `finished`.
  mutating func record(success: Bool, started: TimeInterval, finished: TimeInterval) -> Effect {
    if success {
      successes += 1
      failures = 0
      isLastFailureNotable = false
      next = max(started + period, finished)
      guard successes >= successThreshold else {
        // A container that wants several successes in a row is asked early for those too.
        if retriesEarly { next = finished + retry(after: finished) }
        return .none
      }
      hasSucceeded = true
      return .succeeded
    }
    successes = 0
    let counts = !retriesEarly || started >= countingFrom
    let hasFailed = counts && failures + 1 >= failureThreshold
    isLastFailureNotable = counts && (hasFailed || !retriesEarly || started >= firstTry + period)
    if counts {
      failures += 1
      countingFrom = max(countingFrom + period, started + period)
    }
    let nextPeriod = max(started + period, finished)
    next = retriesEarly ? min(finished + retry(after: finished), nextPeriod) : nextPeriod
    return hasFailed ? .failed : .none
  }

  private func retry(after finished: TimeInterval) -> TimeInterval {
    finished < firstTry + Self.firstRetriesEnd ? Self.firstRetries : Self.laterRetries
  }
}
