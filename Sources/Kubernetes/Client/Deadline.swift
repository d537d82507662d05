/// The time allowed for something has run out.
struct DeadlineExceeded: Error {}

/// Runs the body, and cancels it when the time is over.
///
/// - Throws: ``DeadlineExceeded``, or what the body throws. The body must honour cancellation: this returns only when
///   the body has.
public func withDeadline<Value: Sendable>(
  _ duration: Duration, _ body: @Sendable @escaping () async throws -> Value
) async throws -> Value {
  try await withThrowingTaskGroup(of: Value?.self) { group in
    group.addTask { try await body() }
    group.addTask {
      try await Task.sleep(for: duration)
      return nil
    }
    defer { group.cancelAll() }
    guard let first = try await group.next(), let value = first else { throw DeadlineExceeded() }
    return value
  }
}
