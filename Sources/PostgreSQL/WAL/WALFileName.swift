/// The name of a file that PostgreSQL archives (`src/include/access/xlog_internal.h`): a whole segment, the last segment of
/// a timeline that was left in the middle of it, a note about a backup, or the history of a timeline.
///
/// Whatever is no such name never becomes a path or the name of an object.
public struct WALFileName: Sendable, Hashable, CustomStringConvertible {
  public enum Kind: Sendable, Hashable {
    case segment
    /// `….partial`: the beginning of a segment that the next timeline goes on with.
    case partial
    /// `….00000028.backup`: where a backup began and ended.
    case backup
    /// `00000002.history`.
    case history
  }

  public let text: String
  public let kind: Kind
  public let timeline: TimelineID

  /// Nil for anything else, lower-case digits too: PostgreSQL writes none.
  public init?(_ text: some StringProtocol) {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || ("A"..."F").contains($0)) }
    let suffix = text[digits.endIndex...]
    switch (digits.utf8.count, suffix) {
    case (24, ""): kind = .segment
    case (24, ".partial"): kind = .partial
    case (24, _) where suffix.hasSuffix(".backup"):
      let offset = suffix.dropFirst().dropLast(7)
      guard offset.utf8.count == 8, Hexadecimal.number(offset) != nil else { return nil }
      kind = .backup
    case (8, ".history"): kind = .history
    default: return nil
    }
    guard let number = Hexadecimal.number(digits.prefix(8)), number > 0 else { return nil }
    timeline = TimelineID(number)
    self.text = String(text)
  }

  public init(_ segment: WALSegment) {
    text = segment.fileName
    kind = .segment
    timeline = segment.timeline
  }

  /// The note about a backup that began at `start` (`BackupHistoryFileName`).
  public init(backupFrom start: LSN, in segment: WALSegment) {
    let offset = UInt32(truncatingIfNeeded: start.byte % segment.size.bytes)
    text = "\(segment.fileName).\(Hexadecimal.eightDigits(offset)).backup"
    kind = .backup
    timeline = segment.timeline
  }

  public init(historyOf timeline: TimelineID) {
    text = timeline.historyFileName
    kind = .history
    self.timeline = timeline
  }

  /// The name of the segment that it is, or is about; nil for a history.
  public var segmentName: String? { kind == .history ? nil : String(text.prefix(24)) }

  public var description: String { text }

  /// The order in which files are archived: histories before anything of their timeline, then by name
  /// (`ready_file_comparator` in `src/backend/postmaster/pgarch.c`).
  public static func isArchivedBefore(_ left: Self, _ right: Self) -> Bool {
    if (left.kind == .history) != (right.kind == .history) { return left.kind == .history }
    return left.text < right.text
  }
}
