import Kubernetes
import Synchronization

/// The last reason that postgres gave for not running, for conditions and events: the message it ends with, or what it waits for
/// in vain.
final class LastWords: Sendable {
  /// A file of the write-ahead log that the walreceiver asked for, and the primary has removed.
  private struct MissingFile {
    var name: String
    var since: ContinuousClock.Instant
    var last: ContinuousClock.Instant
  }

  private let text = Mutex<String?>(nil)
  private let missing = Mutex<MissingFile?>(nil)
  /// The walreceiver tries again every few hundred milliseconds, and every five seconds where it is left to its defaults.
  private static let silence = Duration.seconds(10)

  /// The file that the walreceiver has asked for again and again for so long, and still does.
  func missingFile(for patience: Duration, now: ContinuousClock.Instant = .now) -> String? {
    missing.withLock { missing in
      guard let missing, missing.last - missing.since >= patience, now - missing.last < Self.silence else { return nil }
      return missing.name
    }
  }

  /// It is to be had from elsewhere now.
  func forgetMissingFile() { missing.withLock { $0 = nil } }

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
  func hear(record: JSON, now: ContinuousClock.Instant = .now) {
    // Looked at closely only where it may be that: walreceivers say most when there is least time.
    if record["backend_type"] == "walreceiver", let message = record["message"]?.stringValue,
      message.hasPrefix("could not receive data from WAL stream"),
      let match = message.firstMatch(of: #/requested WAL segment ([0-9A-F]{24}) has already been removed/#)
    {
      missing.withLock { missing in
        let since = missing.map { $0.name == match.1 && now - $0.last < Self.silence ? $0.since : now } ?? now
        missing = MissingFile(name: String(match.1), since: since, last: now)
      }
    }
    guard ["FATAL", "PANIC"].contains(record["error_severity"]?.stringValue),
      ["postmaster", "startup", "checkpointer"].contains(record["backend_type"]?.stringValue),
      let message = record["message"]?.stringValue
    else { return }
    remember([message, record["detail"]?.stringValue].compactMap { $0 }.joined(separator: "; "))
  }

  private func remember(_ message: String) { text.withLock { $0 = message } }
}
