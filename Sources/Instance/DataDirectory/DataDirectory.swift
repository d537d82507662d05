import FoundationEssentials
import Glibc
import PostgreSQL
import Processes

/// PGDATA, the write-ahead log's directory if it is elsewhere, and the mark that tells half-made data from whole.
struct DataDirectory: Sendable {
  let path: String
  /// Where pg_wal is to be when it has a volume of its own.
  let walPath: String?

  /// Beside PGDATA, on the same volume: initdb and pg_basebackup want PGDATA itself to be empty.
  private var markerPath: String { path + ".incomplete" }

  private var parentPath: String {
    path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
  }

  func inspect() async throws -> DataDirectoryState {
    try await Blocking.run {
      if access(markerPath, F_OK) == 0 {
        // A mark that cannot be read is one nevertheless.
        let marker = try? String(contentsOfFile: markerPath, encoding: .utf8)
        return .incomplete(marker.flatMap { IncompleteWork(rawValue: $0) } ?? .clone)
      }
      guard [ENOENT, ENOTDIR].contains(errno) else { throw SystemError("look for \(markerPath)") }
      guard FileManager.default.fileExists(atPath: path) else { return .empty }
      let entries = try FileManager.default.contentsOfDirectory(atPath: path)
      if entries.isEmpty { return .empty }
      guard entries.contains("PG_VERSION"), access("\(path)/global/pg_control", R_OK) == 0 else {
        return .damaged(
          "\(path) holds files but no database cluster (PG_VERSION or global/pg_control is missing). "
            + "Nothing is deleted: move the files elsewhere, and the instance is built anew.")
      }
      return .complete(isStandby: entries.contains("standby.signal"))
    }
  }

  /// Marks the data as incomplete, durably, and empties the directories unless they are to be rewound.
  ///
  /// - Returns: where data are kept that could not be rewound, if they were and a copy fits beside them.
  @discardableResult
  func begin(_ work: IncompleteWork) async throws -> String? {
    try await Blocking.run {
      try FileManager.default.createDirectory(
        atPath: parentPath, withIntermediateDirectories: true)
      var kept: String?
      if work == .clone, (try? String(contentsOfFile: markerPath, encoding: .utf8)) == IncompleteWork.rewind.rawValue,
        FileManager.default.fileExists(atPath: path)
      {
        let aside = KeptData(data: self)
        if try aside.keep() { kept = aside.path }
      }
      try DurableFile.write(Array(work.rawValue.utf8), to: markerPath, mode: 0o600)
      guard work != .rewind else { return nil }
      for directory in [path, walPath].compactMap({ $0 }) where FileManager.default.fileExists(atPath: directory) {
        try FileManager.default.removeItem(atPath: directory)
      }
      // Group access off: postgres refuses a directory that others can read.
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      if let walPath {
        try FileManager.default.createDirectory(
          atPath: walPath, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      }
      return kept
    }
  }

  /// The write-ahead log that the data need is gone: they stay only until there is a primary to copy from.
  func giveUp() throws {
    guard FileManager.default.fileExists(atPath: path) else { return }
    try DurableFile.write(Array(IncompleteWork.clone.rawValue.utf8), to: markerPath, mode: 0o600)
  }

  /// Removes what was written on the timelines of a history after they were left, with the segments in which that was.
  ///
  /// pg_rewind keeps segments that its source does not have. Where the file of the next timeline is not there either, recovery
  /// would take them, replay beyond the fork and never find its way back; what it misses it gets from the primary.
  func removeLog(beyond history: TimelineHistory, segmentSize: WALSegmentSize) throws {
    let directory = "\(path)/pg_wal"
    for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
      guard let segment = WALSegment(fileName: name, size: segmentSize),
        let branch = history.branches.first(where: { $0.timeline == segment.timeline }),
        segment.number >= branch.end.byte / segmentSize.bytes
      else { continue }
      try FileManager.default.removeItem(atPath: "\(directory)/\(name)")
    }
  }

  /// Removes what a promotion that was broken off has left of its timeline. Otherwise the next one would begin another:
  /// PostgreSQL takes the first number for which there is no history file.
  func removeLog(of timeline: TimelineID) throws {
    // Eight digits, by which the names of segments begin, too.
    let prefix = timeline.historyFileName.prefix { $0 != "." }
    for directory in ["\(path)/pg_wal", "\(path)/pg_wal/archive_status"] {
      for name in try FileManager.default.contentsOfDirectory(atPath: directory) where name.hasPrefix(prefix) {
        try FileManager.default.removeItem(atPath: "\(directory)/\(name)")
      }
    }
  }

  /// What initdb, pg_basebackup and pg_rewind wrote without waiting for the disk is on it when this returns: the data, the
  /// write-ahead log and tablespaces, wherever they are.
  func makeDurable() async throws {
    try await Blocking.run {
      let spaces = "\(path)/pg_tblspc"
      let tablespaces = try FileManager.default.contentsOfDirectory(atPath: spaces).map { "\(spaces)/\($0)" }
      try DurableFile.syncFileSystems(of: [path, "\(path)/pg_wal"] + tablespaces)
    }
  }

  /// Takes the mark away. Everything must be on disk by now (``makeDurable()``).
  func finish() async throws {
    try await Blocking.run { try DurableFile.remove(markerPath) }
  }

  /// Whether pg_wal lies inside PGDATA although it is to have a volume of its own.
  var hasWALInside: Bool {
    var information = stat()
    return walPath != nil && lstat("\(path)/pg_wal", &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
  }

  /// A kubelet that gives a volume to the pod's group (`fsGroup`) lets that group write; postgres refuses such a directory.
  func closeToOthers() throws {
    guard chmod(path, 0o700) == 0 else { throw SystemError("set the mode of \(path)") }
  }

  /// A copy or rewind that is finished but has to replay up to where its source was when it ended: before that it could
  /// not be started without it, and must not count.
  var isCatchingUp: Bool { access(catchingUpPath, F_OK) == 0 }

  private var catchingUpPath: String { path + ".catching-up" }

  func noteCatchingUp() async throws {
    try await Blocking.run { try DurableFile.write([], to: catchingUpPath, mode: 0o600) }
  }

  func noteCaughtUp() async throws { try await Blocking.run { try DurableFile.remove(catchingUpPath) } }

  /// Makes the data a primary's, durably.
  func removeStandbySignal() async throws {
    try await Blocking.run { try DurableFile.remove("\(path)/standby.signal") }
  }

  /// Makes the data a standby's, durably.
  func writeStandbySignal() async throws {
    try await Blocking.run { try DurableFile.write([], to: "\(path)/standby.signal", mode: 0o600) }
  }

  /// Whether two segments of write-ahead log still fit: with less, postgres stops with a PANIC soon after its start.
  func hasRoomForWAL(_ size: WALSegmentSize) -> Bool {
    var information = statvfs()
    guard statvfs("\(path)/pg_wal", &information) == 0 else { return true }
    return UInt64(information.f_bavail) * UInt64(information.f_frsize) >= 2 * size.bytes
  }
}
