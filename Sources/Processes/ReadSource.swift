import CLinux
import Dispatch
import Glibc
import Synchronization

/// Tells when a descriptor can be read, on a queue: what `DispatchSourceRead` does.
///
/// Our own, because libdispatch's sources now and then crash the process where some begin while others end
/// (swift-corelibs-libdispatch issue 949), and an instance manager begins and ends one with every program that it runs.
public final class ReadSource: Sendable {
  fileprivate let descriptor: Int32
  /// Never another's, as a descriptor may be.
  fileprivate let id: UInt64
  private let queue: DispatchQueue
  private let isCancelled = Mutex(false)
  private let onReadable: @Sendable (ReadSource) -> Void
  private let onCancel: @Sendable () -> Void

  /// Begins at once, and lasts until ``cancel()``.
  ///
  /// - Parameters:
  ///   - onReadable: is called on the queue as long as there is something to read, or the other end is closed.
  ///   - onCancel: is called on the queue once nothing looks at the descriptor any more: then it may be closed.
  public init(
    descriptor: Int32, queue: DispatchQueue, onReadable: @escaping @Sendable (ReadSource) -> Void,
    onCancel: @escaping @Sendable () -> Void
  ) {
    self.descriptor = descriptor
    self.queue = queue
    self.onReadable = onReadable
    self.onCancel = onCancel
    id = Poller.shared.newID()
    Poller.shared.add(self)
  }

  /// A second time does nothing.
  public func cancel() {
    let wasCancelled = isCancelled.withLock { cancelled in
      defer { cancelled = true }
      return cancelled
    }
    guard !wasCancelled else { return }
    Poller.shared.remove(self)
    queue.async { self.onCancel() }
  }

  fileprivate func fire() {
    queue.async {
      if self.isCancelled.withLock({ $0 }) { return }
      self.onReadable(self)
      // A descriptor that is closed by now is not this source's any more.
      self.isCancelled.withLock { if !$0 { Poller.shared.rearm(self) } }
    }
  }
}

/// One epoll, and one thread that waits for it.
private final class Poller: Sendable {
  static let shared = Poller()

  private let epoll: Int32
  private let sources = Mutex<(last: UInt64, byID: [UInt64: ReadSource])>((0, [:]))
  private let queue = DispatchQueue(label: "matriarch.processes.poller")

  private init() {
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    precondition(epoll >= 0, "no file descriptor is left to wait for others with")
    queue.async { self.run() }
  }

  func newID() -> UInt64 {
    sources.withLock { sources in
      sources.last += 1
      return sources.last
    }
  }

  func add(_ source: ReadSource) {
    sources.withLock { $0.byID[source.id] = source }
    control(EPOLL_CTL_ADD, source)
  }

  func rearm(_ source: ReadSource) { control(EPOLL_CTL_MOD, source) }

  func remove(_ source: ReadSource) {
    control(EPOLL_CTL_DEL, source)
    sources.withLock { $0.byID[source.id] = nil }
  }

  private func control(_ operation: Int32, _ source: ReadSource) {
    var event = epoll_event()
    // Until it was read it is not told again.
    event.events = EPOLLIN.rawValue | EPOLLONESHOT.rawValue
    event.data.u64 = source.id
    epoll_ctl(epoll, operation, source.descriptor, &event)
  }

  private func run() {
    var events = [epoll_event](repeating: epoll_event(), count: 16)
    while true {
      let count = epoll_wait(epoll, &events, Int32(events.count), -1)
      for event in events.prefix(Int(max(0, count))) {
        sources.withLock { $0.byID[event.data.u64] }?.fire()
      }
    }
  }
}
