import Synchronization

/// A credential that runs out, and when.
struct Issued<Value: Sendable>: Sendable {
  var value: Value
  var expires: ContinuousClock.Instant
}

/// What is to be done about a credential at a moment. A value without a clock.
struct RotationState<Value: Sendable>: Sendable {
  enum Decision {
    case use(Value)
    case fail(any Error)
    case fetch
  }

  /// Between two tries.
  static var pause: Duration { .seconds(1) }
  /// A valid credential is renewed in this last part of its life, so that no request meets its end.
  static var renewal: Duration { .seconds(300) }

  private var current: Issued<Value>?
  private var renewAt: ContinuousClock.Instant?
  private var failure: (error: any Error, at: ContinuousClock.Instant)?

  func decide(at now: ContinuousClock.Instant) -> Decision {
    let valid = current.flatMap { $0.expires > now ? $0.value : nil }
    if let valid, let renewAt, now < renewAt { return .use(valid) }
    guard let failure, now - failure.at < Self.pause else { return .fetch }
    return valid.map { .use($0) } ?? .fail(failure.error)
  }

  mutating func fetched(_ issued: Issued<Value>, at now: ContinuousClock.Instant) {
    current = issued
    failure = nil
    // Of short-lived ones the last fifth.
    renewAt = issued.expires - min(Self.renewal, (issued.expires - now) / 5)
  }

  /// - Returns: what is used all the same, while it is valid.
  mutating func failed(_ error: any Error, at now: ContinuousClock.Instant) -> Value? {
    failure = (error, now)
    return current.flatMap { $0.expires > now ? $0.value : nil }
  }

  /// The service did not accept it.
  mutating func discard() {
    current = nil
    renewAt = nil
  }
}

/// A credential that is fetched when it is needed, by one task for all, and renewed before it runs out.
///
/// A failure is remembered for a second only: whatever heals it outside takes effect without a restart, and nobody asks more
/// often than that.
final class Rotating<Value: Sendable>: Sendable {
  private let state = Mutex(RotationState<Value>())
  private let turn = Slots(1)
  private let fetch: @Sendable () async throws -> Issued<Value>

  init(_ fetch: @escaping @Sendable () async throws -> Issued<Value>) { self.fetch = fetch }

  func value() async throws -> Value {
    if let known = try known() { return known }
    try await turn.acquire()
    defer { turn.release() }
    // The one before us may have fetched it.
    if let known = try known() { return known }
    do {
      let issued = try await fetch()
      state.withLock { $0.fetched(issued, at: .now) }
      return issued.value
    } catch {
      if error is CancellationError || Task.isCancelled { throw CancellationError() }
      guard let still = state.withLock({ $0.failed(error, at: .now) }) else { throw error }
      return still
    }
  }

  /// The service did not accept what it was given: the next one is fetched anew.
  func discard() { state.withLock { $0.discard() } }

  private func known() throws -> Value? {
    switch state.withLock({ $0.decide(at: .now) }) {
    case .use(let value): value
    case .fail(let error): throw error
    case .fetch: nil
    }
  }
}
