import Synchronization

final class Counter: Sendable {
  private let count = Mutex(0)
  func add(_ number: Int) { count.withLock { $0 += number } }
  var value: Int { count.withLock { $0 } }
}
