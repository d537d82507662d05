/// Which keys are to be worked on, and when. Each key is there once, however often it was added; and while it is being
/// worked on, nobody else gets it: if it is added meanwhile, it comes again afterwards.
struct WorkQueueState<Key: Hashable & Sendable> {
  typealias Instant = ContinuousClock.Instant

  let backoff: Backoff
  private var ready: [Key] = []
  private var head = 0
  private var isReady: Set<Key> = []
  private var active: Set<Key> = []
  private var addedWhileActive: Set<Key> = []
  private var later: [Key: Instant] = [:]
  private var failures: [Key: Int] = [:]

  init(backoff: Backoff) { self.backoff = backoff }

  var count: Int { isReady.count + later.count }

  mutating func add(_ key: Key) {
    if active.contains(key) {
      addedWhileActive.insert(key)
    } else if isReady.insert(key).inserted {
      ready.append(key)
    }
  }

  /// Of several times for one key the earliest counts.
  mutating func add(_ key: Key, at instant: Instant) {
    later[key] = min(later[key] ?? instant, instant)
  }

  /// The next key to work on; its user must call ``done(_:failed:now:)``.
  mutating func next(now: Instant) -> Key? {
    for (key, instant) in later where instant <= now {
      later[key] = nil
      add(key)
    }
    guard head < ready.count else { return nil }
    let key = ready[head]
    head += 1
    if head > 64, head * 2 > ready.count {
      ready.removeSubrange(..<head)
      head = 0
    }
    isReady.remove(key)
    active.insert(key)
    return key
  }

  /// When the earliest of the keys for later is due.
  var nextDue: Instant? { later.values.min() }

  /// - Returns: after how long a failed key comes again.
  @discardableResult
  mutating func done(_ key: Key, failed: Bool, now: Instant) -> Duration? {
    active.remove(key)
    var delay: Duration?
    if failed {
      failures[key, default: 0] += 1
      let pause = backoff.delay(afterFailures: failures[key] ?? 1)
      add(key, at: now + pause)
      delay = pause
    } else {
      failures[key] = nil
    }
    if addedWhileActive.remove(key) != nil { add(key) }
    return delay
  }

  func failures(of key: Key) -> Int { failures[key] ?? 0 }
}
