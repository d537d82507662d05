import Kubernetes
import Synchronization

/// The last reason that postgres gave for not running, for conditions and events: the message it ends with, or what it waits for
/// in vain.
final class LastWords: Sendable {
  /// Something that postgres says again and again while it does not get any further.
  private struct Complaint {
    /// The same thing; another is a complaint of its own.
    var subject: String
    var since: ContinuousClock.Instant
    var last: ContinuousClock.Instant

    func lasts(_ patience: Duration, _ now: ContinuousClock.Instant) -> Bool {
      last - since >= patience && now - last < LastWords.silence
    }
  }

  private let text = Mutex<String?>(nil)
  /// A file of the write-ahead log that the walreceiver asked for, and the primary has removed.
  private let missing = Mutex<Complaint?>(nil)
  /// The primary's timeline left this one's before where it has got to.
  private let foreign = Mutex<Complaint?>(nil)
  /// Both are tried again every few hundred milliseconds, and every five seconds where it is left to its defaults.
  private static let silence = Duration.seconds(10)

  /// The file that the walreceiver has asked for again and again for so long, and still does.
  func missingFile(for patience: Duration, now: ContinuousClock.Instant = .now) -> String? {
    missing.withLock { $0.flatMap { $0.lasts(patience, now) ? $0.subject : nil } }
  }

  /// It is to be had from elsewhere now.
  func forgetMissingFile() { missing.withLock { $0 = nil } }

  /// Recovery has got, by log that is not the primary's, past where the primary's timeline begins.
  func isForeign(for patience: Duration, now: ContinuousClock.Instant = .now) -> Bool {
    foreign.withLock { $0?.lasts(patience, now) ?? false }
  }

  func forgetForeignLog() { foreign.withLock { $0 = nil } }

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
    // Looked at closely only where it may be that: these two say most when there is least time.
    if let message = record["message"]?.stringValue {
      switch record["backend_type"] {
      case "walreceiver" where message.hasPrefix("could not receive data from WAL stream"):
        if let file = message.firstMatch(of: #/requested WAL segment ([0-9A-F]{24}) has already been removed/#)?.1 {
          note(String(file), in: missing, now)
        }
      case "startup" where message.hasPrefix("new timeline") && message.contains("before current recovery point"):
        note(message, in: foreign, now)
      default: break
      }
    }
    guard ["FATAL", "PANIC"].contains(record["error_severity"]?.stringValue),
      ["postmaster", "startup", "checkpointer"].contains(record["backend_type"]?.stringValue),
      let message = record["message"]?.stringValue
    else { return }
    remember([message, record["detail"]?.stringValue].compactMap { $0 }.joined(separator: "; "))
  }

  private func note(_ subject: String, in complaint: borrowing Mutex<Complaint?>, _ now: ContinuousClock.Instant) {
    complaint.withLock { complaint in
      let old = complaint.flatMap { $0.subject == subject && now - $0.last < Self.silence ? $0.since : nil }
      complaint = Complaint(subject: subject, since: old ?? now, last: now)
    }
  }

  private func remember(_ message: String) { text.withLock { $0 = message } }
}
