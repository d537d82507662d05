import Glibc

/// What `pg_controldata` says of a data directory.
public struct ControlData: Sendable, Equatable {
  public enum State: String, Sendable {
    case startingUp = "starting up"
    case shutDown = "shut down"
    case shutDownInRecovery = "shut down in recovery"
    case shuttingDown = "shutting down"
    case inCrashRecovery = "in crash recovery"
    case inArchiveRecovery = "in archive recovery"
    case inProduction = "in production"
  }

  public var systemIdentifier: SystemIdentifier
  public var state: State
  /// The timeline of the latest checkpoint; WAL after it may be on a later one.
  public var timeline: TimelineID
  public var checkpoint: LSN
  /// Where recovery must get to before the data are consistent; zero outside of recovery.
  public var minimumRecoveryEnd: LSN
  /// The timeline of that; after a promotion the new one, before its first checkpoint; 0 outside of recovery.
  public var minimumRecoveryTimeline: TimelineID
  public var segmentSize: WALSegmentSize
  public var dataChecksums: Bool
  /// The values of the parameters that a standby must not go below (`max_connections` and so on), as the WAL that
  /// was replayed last recorded them on the primary.
  public var recordedParameters: [String: Int]

  /// Parses the output of `pg_controldata` run with `LC_ALL=C`, the only locale whose labels are known.
  ///
  /// - Throws: ``ControlDataError`` naming the label that is missing or unreadable.
  public init(programOutput: String) throws(ControlDataError) {
    var values: [Substring: Substring] = [:]
    for line in programOutput.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      values[line[..<colon]] = line[line.index(after: colon)...].trimmingBlanks()
    }
    func value<T>(_ label: Substring, _ convert: (Substring) -> T?) throws(ControlDataError) -> T {
      guard let text = values[label] else { throw ControlDataError(label: String(label), value: nil) }
      guard let value = convert(text) else { throw ControlDataError(label: String(label), value: String(text)) }
      return value
    }
    systemIdentifier = try value("Database system identifier") { SystemIdentifier($0) }
    state = try value("Database cluster state") { State(rawValue: String($0)) }
    timeline = try value("Latest checkpoint's TimeLineID") { UInt32($0).map { TimelineID($0) } }
    checkpoint = try value("Latest checkpoint location") { LSN($0) }
    minimumRecoveryEnd = try value("Minimum recovery ending location") { LSN($0) }
    minimumRecoveryTimeline = try value("Min recovery ending loc's timeline") { UInt32($0).map { TimelineID($0) } }
    segmentSize = try value("Bytes per WAL segment") { UInt64($0).flatMap { WALSegmentSize(bytes: $0) } }
    dataChecksums = try value("Data page checksum version") { Int($0) } != 0
    recordedParameters = [:]
    for (label, parameter) in Self.parameterLabels {
      recordedParameters[parameter] = try value(label) { Int($0) }
    }
  }

  /// Where the last checkpoint is, once the control file of a data directory says that the server was shut down as a
  /// primary; nil before. For those who wait for that and have no time for a program: these fields are at the same place
  /// in 13 to 18 (src/include/catalog/pg_control.h), and in one cache line, so that they go together.
  public static func shutdownCheckpoint(inDirectory directory: String) -> (timeline: TimelineID, lsn: LSN)? {
    let descriptor = open("\(directory)/global/pg_control", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return withUnsafeTemporaryAllocation(byteCount: 52, alignment: 8) { bytes in
      guard let start = bytes.baseAddress, pread(descriptor, start, bytes.count, 0) == bytes.count else { return nil }
      let shutDown: UInt32 = 1
      guard bytes.load(fromByteOffset: 16, as: UInt32.self) == shutDown else { return nil }
      let timeline = TimelineID(bytes.load(fromByteOffset: 48, as: UInt32.self))
      return (timeline, LSN(bytes.load(fromByteOffset: 32, as: UInt64.self)))
    }
  }

  /// The timeline that the data were last written on.
  public var dataTimeline: TimelineID { max(timeline, minimumRecoveryTimeline) }

  private static let parameterLabels: [(Substring, String)] = [
    ("max_connections setting", "max_connections"),
    ("max_worker_processes setting", "max_worker_processes"),
    ("max_wal_senders setting", "max_wal_senders"),
    ("max_prepared_xacts setting", "max_prepared_transactions"),
    ("max_locks_per_xact setting", "max_locks_per_transaction"),
  ]
}

/// `pg_controldata` did not print what it should have.
public struct ControlDataError: Error, Equatable, CustomStringConvertible {
  public var label: String
  public var value: String?

  public var description: String {
    if let value {
      "pg_controldata printed \"\(value)\" as \"\(label)\", which this version of Matriarch cannot read."
    } else {
      "pg_controldata did not print \"\(label)\": pg_control is damaged, or the program is of another version."
    }
  }
}

extension Substring {
  func trimmingBlanks() -> Substring {
    var text = self
    while text.first == " " || text.first == "\t" { text.removeFirst() }
    while text.last == " " || text.last == "\t" || text.last == "\r" { text.removeLast() }
    return text
  }
}
