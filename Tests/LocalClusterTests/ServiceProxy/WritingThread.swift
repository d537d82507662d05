import Foundation
import Synchronization

/// A thread that writes while the test reads.
final class WritingThread: Sendable {
  private let result = Mutex<Result<Void, any Error>?>(nil)
  private let end = DispatchSemaphore(value: 0)

  init(_ body: @escaping @Sendable () throws -> Void) {
    let thread = Thread { [self] in
      let outcome = Result { try body() }
      result.withLock { $0 = outcome }
      end.signal()
    }
    thread.start()
  }

  var hasEnded: Bool { result.withLock { $0 != nil } }

  func join() throws {
    end.wait()
    try result.withLock { $0 }?.get()
  }
}
