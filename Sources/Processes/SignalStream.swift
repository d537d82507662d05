import CLinux
import Dispatch
import Glibc
import Synchronization

/// Signals as values. From its creation on the signals do nothing but arrive here, for the rest of the process's life.
///
/// Every stream gets each signal, up to 64 that nobody has taken yet. Children are not affected: they start with default
/// actions.
public struct SignalStream: AsyncSequence, Sendable {
  private let stream: AsyncStream<Int32>

  public init(_ signals: [Int32]) { stream = SignalHub.shared.subscribe(Set(signals)) }

  public func makeAsyncIterator() -> AsyncStream<Int32>.Iterator { stream.makeAsyncIterator() }
}

/// Reads the pipe that the signal handlers write to, and tells the streams.
private final class SignalHub: Sendable {
  static let shared = SignalHub()

  private struct Subscriber {
    var signals: Set<Int32>
    var continuation: AsyncStream<Int32>.Continuation
  }

  private struct State {
    var subscribers: [Int: Subscriber] = [:]
    var next = 0
    var source: ReadSource?
  }

  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "matriarch.processes.signals")

  func subscribe(_ signals: Set<Int32>) -> AsyncStream<Int32> {
    let (stream, continuation) = AsyncStream.makeStream(of: Int32.self, bufferingPolicy: .bufferingNewest(64))
    let number = state.withLock { state in
      state.next += 1
      state.subscribers[state.next] = Subscriber(signals: signals, continuation: continuation)
      if state.source == nil { state.source = makeSource() }
      for signal in signals { clinux_watch_signal(signal) }
      return state.next
    }
    continuation.onTermination = { _ in self.state.withLock { _ = $0.subscribers.removeValue(forKey: number) } }
    return stream
  }

  private func makeSource() -> ReadSource? {
    let descriptor = clinux_signals_open()
    guard descriptor >= 0 else { return nil }
    return ReadSource(descriptor: descriptor, queue: queue) { _ in
      var bytes = [UInt8](repeating: 0, count: 256)
      while case let count = read(descriptor, &bytes, bytes.count), count > 0 {
        for signal in bytes[..<count] { self.deliver(Int32(signal)) }
      }
    } onCancel: {
      // It lasts as long as the process.
    }
  }

  private func deliver(_ signal: Int32) {
    let subscribers = state.withLock { $0.subscribers.values.filter { $0.signals.contains(signal) } }
    for subscriber in subscribers { subscriber.continuation.yield(signal) }
  }
}
