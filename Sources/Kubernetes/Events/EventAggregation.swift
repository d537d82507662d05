/// Which event objects to write, so that what happens again and again becomes one with a count, and one object that
/// causes very many is slowed down. The limits are those of Kubernetes' own recorder.
struct EventAggregation {
  typealias Instant = ContinuousClock.Instant

  struct Occurrence: Sendable, Hashable {
    var about: ObjectReference
    var type: String
    var reason: String
    var message: String

    static func == (left: Self, right: Self) -> Bool {
      (left.about.uid, left.about.kind, left.about.namespace, left.about.name)
        == (right.about.uid, right.about.kind, right.about.namespace, right.about.name)
        && (left.type, left.reason, left.message) == (right.type, right.reason, right.message)
    }

    func hash(into hasher: inout Hasher) {
      hasher.combine(about.uid)
      hasher.combine(about.name)
      hasher.combine(reason)
      hasher.combine(message)
    }
  }

  enum Action: Equatable {
    case create(name: String, count: Int)
    case update(name: String, count: Int)
    /// Too many of one object.
    case drop
  }

  private struct Known {
    var name: String
    var count: Int
    var lastSeen: Instant
  }

  private struct Budget {
    var tokens: Double
    var at: Instant
  }

  /// Servers forget events after an hour; so do we, and of more than so many kinds the oldest.
  static let memory: Duration = .seconds(3600)
  static let capacity = 4096
  static let burst = 25.0
  static let refill: Duration = .seconds(300)

  private var known: [Occurrence: Known] = [:]
  private var budgets: [String: Budget] = [:]

  /// - Parameter newName: a name for the event object if one is made.
  mutating func record(_ occurrence: Occurrence, now: Instant, newName: String) -> Action {
    guard spend(on: occurrence.about, now: now) else { return .drop }
    if var entry = known[occurrence], now - entry.lastSeen < Self.memory {
      entry.count += 1
      entry.lastSeen = now
      known[occurrence] = entry
      return .update(name: entry.name, count: entry.count)
    }
    if known.count >= Self.capacity { forget(now: now) }
    known[occurrence] = Known(name: newName, count: 1, lastSeen: now)
    return .create(name: newName, count: 1)
  }

  /// The server no longer has the event object: the next occurrence makes a new one.
  mutating func forget(_ occurrence: Occurrence) { known[occurrence] = nil }

  private mutating func spend(on object: ObjectReference, now: Instant) -> Bool {
    let key = [object.kind, object.namespace, object.name, object.uid].map { $0 ?? "" }.joined(separator: "/")
    if budgets.count >= Self.capacity, budgets[key] == nil {
      // A full budget is what an unknown object has.
      budgets = budgets.filter { Self.tokens($0.value, now: now) < Self.burst }
      if budgets.count >= Self.capacity { budgets = [:] }
    }
    var tokens = budgets[key].map { Self.tokens($0, now: now) } ?? Self.burst
    guard tokens >= 1 else { return false }
    tokens -= 1
    budgets[key] = Budget(tokens: tokens, at: now)
    return true
  }

  private static func tokens(_ budget: Budget, now: Instant) -> Double {
    min(burst, budget.tokens + (now - budget.at) / refill)
  }

  private mutating func forget(now: Instant) {
    let kept = known.filter { now - $0.value.lastSeen < Self.memory }.sorted { $0.value.lastSeen > $1.value.lastSeen }
    known = Dictionary(uniqueKeysWithValues: kept.prefix(Self.capacity / 2).map { ($0.key, $0.value) })
  }
}
