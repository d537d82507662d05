/// How a timeline came about: each earlier one, and where it was left (`0000000N.history` in `pg_wal`).
public struct TimelineHistory: Sendable, Equatable {
  public struct Branch: Sendable, Equatable {
    public var timeline: TimelineID
    /// The first position that is no longer on it.
    public var end: LSN
  }

  public var timeline: TimelineID
  /// In the order of time.
  public var branches: [Branch]

  public init(timeline: TimelineID, branches: [Branch] = []) {
    self.timeline = timeline
    self.branches = branches
  }

  /// Reads the lines of a history file: `1<TAB>0/3000110<TAB>reason`. Nil for a line that is none.
  ///
  /// - Parameter timeline: the one that the file is named after. Timeline 1 has no file; its history is empty.
  public init?(timeline: TimelineID, text: String) {
    var branches: [Branch] = []
    for line in text.split(whereSeparator: \.isNewline) where line.first != "#" {
      let fields = line.split(whereSeparator: { $0 == "\t" || $0 == " " })
      guard fields.count >= 2, let number = UInt32(fields[0]), let end = LSN(fields[1]) else { return nil }
      branches.append(Branch(timeline: TimelineID(number), end: end))
    }
    self.init(timeline: timeline, branches: branches)
  }

  /// The timeline of the byte before a position.
  public func timeline(at position: LSN) -> TimelineID {
    branches.first { position <= $0.end }?.timeline ?? timeline
  }

  /// Whether data that reach up to `position` on `timeline` are a beginning of this history, so that a standby with
  /// them can follow.
  public func leads(from timeline: TimelineID, _ position: LSN) -> Bool {
    if timeline == self.timeline { return true }
    guard let branch = branches.first(where: { $0.timeline == timeline }) else { return false }
    return position <= branch.end
  }
}
