import Synchronization

/// The changes of a cache for one subscriber, beginning with all objects as added. Changes of one object that are not
/// taken in time become one. For a single task; it ends when the task is cancelled.
public struct ChangeStream<Object: APIObject>: AsyncSequence, Sendable {
  public typealias Element = Change<Object>
  let mailbox: ChangeMailbox<Object>

  public struct AsyncIterator: AsyncIteratorProtocol {
    let mailbox: ChangeMailbox<Object>
    var arrivals: AsyncStream<Void>.AsyncIterator

    public mutating func next() async -> Change<Object>? {
      while true {
        if let change = mailbox.take() { return change }
        guard await arrivals.next() != nil else { return nil }
      }
    }
  }

  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(mailbox: mailbox, arrivals: mailbox.arrivals.makeAsyncIterator())
  }
}

/// Where a cache puts changes for one subscriber.
final class ChangeMailbox<Object: APIObject>: Sendable {
  private let pending = Mutex(PendingChanges<Object>())
  /// Says that there is something; one such word is as good as many.
  let arrivals: AsyncStream<Void>
  private let arrival: AsyncStream<Void>.Continuation

  init() {
    (arrivals, arrival) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  func put(_ changes: [Change<Object>]) {
    guard !changes.isEmpty else { return }
    pending.withLock { pending in
      for change in changes { pending.add(change) }
    }
    arrival.yield()
  }

  func take() -> Change<Object>? { pending.withLock { $0.next() } }

  func onEnd(_ body: @escaping @Sendable () -> Void) { arrival.onTermination = { _ in body() } }
}
