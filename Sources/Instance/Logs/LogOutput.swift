import Dispatch
import Glibc
import Kubernetes
import Synchronization

/// Standard output of the instance manager: one JSON object a line, whole lines only.
public final class LogOutput: Sendable {
  public static let standard = LogOutput(descriptor: STDOUT_FILENO)

  /// Records handed over and not written yet, at most.
  private static let longestQueue = 4096

  private let descriptor: Int32
  private let lock = Mutex(())
  /// Where handed-over records are written: nobody else waits there.
  private let queue = DispatchQueue(label: "matriarch.instance.output")
  private let waiting = Mutex((count: 0, dropped: 0))

  public init(descriptor: Int32) { self.descriptor = descriptor }

  /// Writes a record. Blocks when nobody reads: losing lines of a database's log is worse.
  func write(
    level: String = "info", logger: String, message: String, pod: String, fields: [String: JSON] = [:]
  ) {
    write(line: Self.line(level: level, logger: logger, message: message, pod: pod, fields: fields))
  }

  /// Hands a record over to be written, for callers that others wait for: probes, the control loop. While nobody reads
  /// standard output, records beyond some thousand are dropped, and later it is said how many.
  func submit(level: String, logger: String, message: String, pod: String, fields: [String: JSON]) {
    let dropped = waiting.withLock { waiting -> Int? in
      guard waiting.count < Self.longestQueue else {
        waiting.dropped += 1
        return nil
      }
      waiting.count += 1
      defer { waiting.dropped = 0 }
      return waiting.dropped
    }
    guard let dropped else { return }
    let line = Self.line(level: level, logger: logger, message: message, pod: pod, fields: fields)
    queue.async {
      if dropped > 0 {
        self.write(
          level: "warning", logger: logger,
          message: "standard output was not read: \(dropped) records are missing here",
          pod: pod)
      }
      self.write(line: line)
      self.waiting.withLock { $0.count -= 1 }
    }
  }

  /// Returns once everything handed over before is written, or after a second: then nobody reads.
  public func flush() async {
    let isWritten = Wakeup()
    queue.async { isWritten.signal() }
    await isWritten.sleep(atMost: .seconds(1))
  }

  private static func line(
    level: String, logger: String, message: String, pod: String, fields: [String: JSON]
  ) -> [UInt8] {
    var record = fields
    record["level"] = .string(level)
    record["ts"] = .string(Timestamp.microseconds())
    record["logger"] = .string(logger)
    record["msg"] = .string(message)
    record["logging_pod"] = .string(pod)
    return JSON.object(record).serialized()
  }

  /// Writes a line that is JSON already.
  func write(line: [UInt8]) {
    let bytes = line + [UInt8(ascii: "\n")]
    lock.withLock { _ in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0 {
          if errno == EINTR { continue }
          return
        }
        rest = rest.dropFirst(count)
      }
    }
  }
}
