import Foundation
import Glibc
import Kubernetes
import Synchronization

/// Standard output of the instance manager: one JSON object a line, whole lines only.
public final class LogOutput: Sendable {
  public static let standard = LogOutput(descriptor: STDOUT_FILENO)

  private let descriptor: Int32
  private let lock = Mutex(())

  public init(descriptor: Int32) { self.descriptor = descriptor }

  /// Writes a record. Blocks when nobody reads: losing lines of a database's log is worse.
  func write(
    level: String = "info", logger: String, message: String, pod: String, fields: [String: JSON] = [:],
    at time: Date = .now
  ) {
    var record = fields
    record["level"] = .string(level)
    record["ts"] = .string(Timestamp.microseconds(time))
    record["logger"] = .string(logger)
    record["msg"] = .string(message)
    record["logging_pod"] = .string(pod)
    write(line: JSON.object(record).serialized())
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
