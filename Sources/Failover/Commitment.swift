import PostgreSQL

/// What an instance has bound itself to: on disk before anything relies on it.
public struct Commitment: Sendable, Hashable, Codable {
  /// What postgres does when it is started.
  public enum Stance: Sendable, Hashable, Codable {
    /// Nothing yet: there was no cluster.
    case none
    /// Recovers what it has and follows nobody.
    case promised
    case following(Member)
    /// Writes this timeline.
    case leading(TimelineID)
  }

  /// A requirement, for the leadership of a timeline.
  public struct Asked: Sendable, Hashable, Codable {
    public var timeline: TimelineID
    public var requirement: StandbyRequirement

    public init(_ requirement: StandbyRequirement, on timeline: TimelineID) {
      self.timeline = timeline
      self.requirement = requirement
    }
  }

  /// The highest term promised; whoever leads an earlier one is not followed.
  public var promised: Term
  /// The highest term followed or led.
  public var led: Term
  public var stance: Stance
  /// What its postgres asks for when it leads, and the timeline that this is for.
  public var asked: Asked?
  /// It may hold a record by which nobody has to confirm, so time binds it: from before it asks for such a record until
  /// a later one is written that says otherwise (rule 10).
  public var isBoundByTime: Bool

  public init(
    promised: Term = Term(0), led: Term = Term(0), stance: Stance = .none, asked: Asked? = nil,
    isBoundByTime: Bool = false
  ) {
    self.promised = promised
    self.led = led
    self.stance = stance
    self.asked = asked
    self.isBoundByTime = isBoundByTime
  }

  /// Nobody of an earlier term is listened to.
  public var term: Term { max(promised, led) }

  public var leadsTimeline: TimelineID? {
    if case .leading(let timeline) = stance { timeline } else { nil }
  }
}
