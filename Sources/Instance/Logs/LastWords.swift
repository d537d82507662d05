import Kubernetes
import Synchronization

/// The last reason that postgres gave for not running: the message it ends with, for conditions and events.
final class LastWords: Sendable {
  private let text = Mutex<String?>(nil)

  /// What was said since it was last asked.
  func take() -> String? {
    text.withLock { text in
      defer { text = nil }
      return text
    }
  }

  /// A line on standard error, before the logging collector runs.
  func hear(line: String) {
    for severity in ["FATAL:  ", "PANIC:  "] {
      if let start = line.firstRange(of: severity)?.upperBound { remember(String(line[start...])) }
    }
  }

  /// A record of the log. Clients' failed logins are FATAL too, but not the server's end.
  func hear(record: JSON) {
    guard ["FATAL", "PANIC"].contains(record["error_severity"]?.stringValue),
      ["postmaster", "startup", "checkpointer"].contains(record["backend_type"]?.stringValue),
      let message = record["message"]?.stringValue
    else { return }
    remember([message, record["detail"]?.stringValue].compactMap { $0 }.joined(separator: "; "))
  }

  private func remember(_ message: String) { text.withLock { $0 = message } }
}
