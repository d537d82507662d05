/// The latest events, bounded in number and in bytes. Watches read from here at their own pace: a slow one costs no
/// memory, and one that falls behind the oldest event learns that it is gone.
struct EventLog: Sendable {
  struct Limits: Sendable {
    var events = 4096
    var bytes = 16 << 20
  }

  private let limits: Limits
  private var events: [StoreEvent] = []
  private var bytes = 0
  /// Every event after this revision is here.
  private(set) var start: Int64

  init(startingAfter revision: Int64, limits: Limits) {
    start = revision
    self.limits = limits
  }

  mutating func append(_ event: StoreEvent) {
    events.append(event)
    bytes += event.object.body.count
    // Dropping from the front of an array moves all of it: drop an eighth at a time.
    guard events.count > limits.events || bytes > limits.bytes else { return }
    let dropped = max(1, events.count / 8)
    start = events[dropped - 1].revision
    bytes -= events[..<dropped].reduce(0) { $0 + $1.object.body.count }
    events.removeFirst(dropped)
  }

  /// The events after a revision, oldest first.
  func events(after revision: Int64) throws(StoreError) -> ArraySlice<StoreEvent> {
    guard revision >= start else { throw .gone(requested: revision, oldest: start) }
    return events[events.partitioningIndex { $0.revision > revision }...]
  }
}
