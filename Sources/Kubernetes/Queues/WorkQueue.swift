/// Keys of objects to look at, for any number of workers: de-duplicated, one worker a key at a time, failed ones with
/// growing pauses. Its size is bounded by the number of different keys.
public actor WorkQueue<Key: Hashable & Sendable> {
  private var state: WorkQueueState<Key>
  private var waiters: [Int: AsyncStream<Void>.Continuation] = [:]
  private var nextID = 0

  public init(backoff: Backoff = Backoff(first: .milliseconds(50), limit: .seconds(60))) {
    state = WorkQueueState(backoff: backoff)
  }

  /// Keys waiting for a worker or for their time.
  public var count: Int { state.count }

  public func add(_ key: Key) {
    state.add(key)
    waiters.values.first?.yield()
  }

  /// - Parameter delay: a day at most. Who looks once too often does no harm, and the clock traps on far instants.
  public func add(_ key: Key, after delay: Duration) {
    state.add(key, at: .now + min(delay, .seconds(86_400)))
    // Each may now have to wake earlier.
    for waiter in waiters.values { waiter.yield() }
  }

  /// Waits for a key. Whoever gets it must call ``done(_:failed:)``. Nil when the task is cancelled.
  public func next() async -> Key? {
    while !Task.isCancelled {
      if let key = state.next(now: .now) {
        // One word wakes one waiter; pass it on if there is more.
        if state.count > 0 { waiters.values.first?.yield() }
        return key
      }
      await wait(until: state.nextDue)
    }
    return nil
  }

  /// - Parameter failed: the key comes again after a pause that grows from failure to failure.
  /// - Returns: that pause.
  @discardableResult
  public func done(_ key: Key, failed: Bool = false) -> Duration? {
    let delay = state.done(key, failed: failed, now: .now)
    for waiter in waiters.values { waiter.yield() }
    return delay
  }

  public func failures(of key: Key) -> Int { state.failures(of: key) }

  private func wait(until instant: ContinuousClock.Instant?) async {
    let (words, word) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    nextID += 1
    let id = nextID
    waiters[id] = word
    defer { waiters[id] = nil }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in words { return } }
      if let instant { group.addTask { try? await Task.sleep(until: instant) } }
      await group.next()
      group.cancelAll()
    }
  }
}
