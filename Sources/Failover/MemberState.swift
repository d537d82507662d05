import PostgreSQL

/// What an instance says of itself: facts, of which a later one replaces an earlier one. Loss, delay and repetition do no
/// harm (rule 1).
public struct MemberState: Sendable, Hashable, Codable {
  /// Grows with each start of its manager.
  public var incarnation: UInt64
  /// Grows with each change.
  public var sequence: UInt64

  public var member: Member
  /// Nobody of an earlier term is listened to by it.
  public var term = Term(0)
  /// The highest term that it followed or led.
  public var led = Term(0)
  public var promise: Promise?
  /// The term whose leader it holds for lost.
  public var suspects: Term?
  /// The term that the Lease had when it read it after it began to suspect.
  public var hasRead: Term?
  /// The leadership that it holds.
  public var leadership: Leadership?
  /// How far its log reached lately, in recovery.
  public var position: Position?
  /// Where the log of a leader ends that has written its shutdown record.
  public var end: Position?
  /// Its data are no copy in progress.
  public var isComplete = false
  /// Why it should not be primary any longer, by its own account.
  public var ailment: Ailment?
  /// Why it cannot become primary.
  public var obstacle: Obstacle?
  /// What keeps it from being what it should be, in words for people.
  public var trouble: String?
  /// From whom it has heard lately and directly, with when that heartbeat was sent by the sender's clock. It is also the
  /// word that it does not stand against a leader by time alone for a lease duration (rule 10).
  public var hears: [String: Instant] = [:]
  /// Whom a leader that steps down would have in its place.
  public var nominee: String?

  public init(member: Member, incarnation: UInt64, sequence: UInt64 = 0) {
    self.member = member
    self.incarnation = incarnation
    self.sequence = sequence
  }

  func isNewer(than other: MemberState) -> Bool {
    (incarnation, sequence) > (other.incarnation, other.sequence)
  }
}

/// A leadership, as its holder tells it.
public struct Leadership: Sendable, Hashable, Codable {
  public var record: Record
  /// Its postgres writes the timeline; until then it is being promoted.
  public var isEstablished: Bool

  public init(record: Record, isEstablished: Bool) {
    self.record = record
    self.isEstablished = isEstablished
  }
}

/// Why a primary should be replaced.
public enum Ailment: String, Sendable, Hashable, Codable {
  case postmasterDied
  case postgresHangs
  case diskHangs
  case diskFull
  /// Commits wait although enough standbys are well.
  case commitsWait
  /// Its right to lead has run out, and it cannot renew it (rule 10).
  case leaseRanOut
}

/// Why an instance cannot become primary.
public enum Obstacle: String, Sendable, Hashable, Codable {
  case fenced
  case noRoom
  case terminating
}

extension Obstacle: CustomStringConvertible {
  public var description: String {
    switch self {
    case .fenced: "it is fenced"
    case .noRoom: "its volume is full"
    case .terminating: "its pod is ending"
    }
  }
}

/// The only message (rule 1).
public struct Heartbeat: Sendable, Hashable, Codable {
  public var state: MemberState
  /// By the sender's clock.
  public var sentAt: Instant
  /// The newest it has from the others, so that a cut in one direction hides no promise.
  public var others: [MemberState]

  public init(state: MemberState, sentAt: Instant, others: [MemberState] = []) {
    self.state = state
    self.sentAt = sentAt
    self.others = others
  }
}

/// A reading of a clock that also counts the time in which the machine was suspended; each machine has its own.
public struct Instant: Sendable, Hashable, Comparable, Codable {
  public var milliseconds: Int64

  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

  public static func + (instant: Self, milliseconds: Int64) -> Self {
    Instant(milliseconds: instant.milliseconds + milliseconds)
  }

  public init(from decoder: any Decoder) throws {
    milliseconds = try decoder.singleValueContainer().decode(Int64.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(milliseconds)
  }
}
