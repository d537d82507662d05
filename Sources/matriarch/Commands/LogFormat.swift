import Foundation
import Glibc
import Kubernetes
import Logging
import Synchronization

/// Log records as JSON lines on standard output, one object a line, as log collectors read them.
struct JSONLogHandler: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel: Logger.Level
  let label: String

  /// Lines of several threads must not mix.
  private static let output = Mutex<Void>(())

  init(label: String, level: Logger.Level) {
    self.label = label
    logLevel = level
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var record: [String: JSON] = [
      "level": .string(event.level.rawValue),
      "ts": .string(Timestamp.microseconds()),
      "logger": .string(label),
      "msg": .string("\(event.message)"),
    ]
    for (key, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { _, new in new }) {
      record[key] = .string("\(value)")
    }
    var line = JSON.object(record).serialized()
    line.append(UInt8(ascii: "\n"))
    Self.output.withLock { _ in
      var rest = line[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
      }
    }
  }
}

extension Logger {
  /// Makes every logger of this process write JSON lines, those of libraries and lower rooms too.
  static func bootstrapJSON(level: String = "info") {
    let level = Logger.Level(rawValue: level) ?? .info
    LoggingSystem.bootstrap { JSONLogHandler(label: $0, level: level) }
  }
}
