import Glibc
import Processes

/// Somebody pressed Ctrl-C, or asked the process to end.
struct Interruption: Error, CustomStringConvertible {
  let signal: Int32
  var description: String { "interrupted; what was begun is undone" }

  /// Runs the body, and cancels it at a signal, so that it can tidy up.
  ///
  /// - Throws: what the body throws, or ``Interruption``.
  static func watch<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
    let signals = SignalStream([SIGINT, SIGTERM, SIGHUP])
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask {
        for await signal in signals { throw Interruption(signal: signal) }
        return nil
      }
      group.addTask { try await body() }
      defer { group.cancelAll() }
      while let value = try await group.next() {
        if let value { return value }
      }
      throw CancellationError()
    }
  }
}
