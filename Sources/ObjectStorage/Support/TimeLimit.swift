/// The time allowed for something has run out.
struct TimeLimitExceeded: Error, CustomStringConvertible {
  let limit: Duration
  var description: String { "no answer within \(limit.components.seconds) s" }
}

/// Runs the body and cancels it when the time is over.
///
/// - Throws: ``TimeLimitExceeded``, or what the body throws. The body must honor cancellation.
package func withTimeLimit<Value: Sendable>(
  _ limit: Duration, _ body: @Sendable @escaping () async throws -> Value
) async throws -> Value {
  try await withThrowingTaskGroup(of: Value?.self) { group in
    group.addTask { try await body() }
    group.addTask {
      try await Task.sleep(for: limit)
      return nil
    }
    defer { group.cancelAll() }
    guard let first = try await group.next(), let value = first else { throw TimeLimitExceeded(limit: limit) }
    return value
  }
}
