import PostgreSQL

/// What postgres asks through `matriarch-wal`, the program it calls for every file of its write-ahead log.
public enum HelperQuestion: Sendable, Equatable {
  /// Whether it may forget this file of its write-ahead log.
  case archive(WALFileName)
  /// To have this file put at the path, which is relative to the data directory.
  case restore(WALFileName, to: String)

  /// Reads a line: `archive NAME` or `restore NAME PATH`. Nil for anything else.
  public init?(_ line: some StringProtocol) {
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count >= 2, let name = WALFileName(words[1]) else { return nil }
    switch (words[0], words.count) {
    case ("archive", 2): self = .archive(name)
    case ("restore", 3):
      // PostgreSQL asks for pg_wal/RECOVERYXLOG, pg_wal/RECOVERYHISTORY, or pg_rewind for the file's own name; nothing else is
      // written to.
      let path = words[2].split(separator: "/", omittingEmptySubsequences: false)
      guard path.count == 2, path[0] == "pg_wal",
        ["RECOVERYXLOG", "RECOVERYHISTORY", words[1]].contains(path[1])
      else { return nil }
      self = .restore(name, to: String(words[2]))
    default: return nil
    }
  }
}

/// What `matriarch-wal` is told.
public enum HelperAnswer: Sendable, Equatable {
  case done
  /// The archive does not have it.
  case missing
  case failed(String)
  /// postgres is being stopped: it is not to wait for the archive.
  case stop

  /// One line, with its end.
  var line: String {
    switch self {
    case .done: "done\n"
    case .missing: "missing the archive does not have it\n"
    case .failed(let text): "failed \(String(text.map { $0.isNewline ? " " : $0 }.prefix(2000)))\n"
    case .stop: "stop\n"
    }
  }
}
