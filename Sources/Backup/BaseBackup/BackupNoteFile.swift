import PostgreSQL

/// The note about a backup that a primary leaves in its log (`….backup`; `build_backup_content` in
/// `src/backend/access/transam/xlogbackup.c`). A standby can write none, so it is written here, word for word.
enum BackupNoteFile {
  /// - Parameter label: the text of `backup_label`.
  static func text(label: String, stop: LSN, in segment: WALSegment, stopped: String) -> String {
    var lines: [String] = []
    for line in label.split(whereSeparator: \.isNewline) {
      lines.append(String(line))
      if line.hasPrefix("START WAL LOCATION: ") {
        lines.append("STOP WAL LOCATION: \(stop) (file \(segment.fileName))")
      }
    }
    lines += ["STOP TIME: \(stopped)", "STOP TIMELINE: \(segment.timeline)"]
    return lines.map { $0 + "\n" }.joined()
  }
}
