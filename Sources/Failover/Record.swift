import PostgreSQL

/// Everything the decision rests on, kept in the Lease: it changes as a whole, by compare-and-swap, or not at all.
///
/// It says that every acknowledged commit is on at least ``required`` of ``members``, the primary counted.
public struct Record: Sendable, Hashable, Codable {
  public var holder: Member
  public var term: Term
  /// The one timeline that the holder writes.
  public var timeline: TimelineID
  public var members: Set<Member>
  /// w = k + 1, where `k` standbys must confirm.
  public var required: Int

  public init(holder: Member, term: Term, timeline: TimelineID, members: Set<Member>, required: Int) {
    self.holder = holder
    self.term = term
    self.timeline = timeline
    self.members = members
    self.required = required
  }

  /// Rule 4: whether promises of the next term let a candidate take it whose own log reaches up to `position`.
  ///
  /// Of those who promised, the ones that are not ahead of it must be so many that one of them has every acknowledged
  /// commit (more than |M| − w), and too few are left to confirm another; or one of them is the holder.
  public func permits(from position: Position, promises: [Member: Promise]) -> Bool {
    let behind = promises.filter { members.contains($0.key) && $0.value.position <= position }
    return behind.count > members.count - required || behind[holder] != nil
  }

  /// Whether promises of these members, wherever their logs end, could be enough for somebody.
  public func couldPermit(_ promisers: some Sequence<Member>) -> Bool {
    let counted = Set(promisers).intersection(members)
    return counted.count > members.count - required || counted.contains(holder)
  }

  /// Whether time decides, because nobody has to confirm (rule 10).
  public var isTimed: Bool { required <= 1 }

  /// The record of the candidate that takes the next term: the members with it among them, the same number (rule 5).
  func taken(by candidate: Member) -> Record {
    Record(
      holder: candidate, term: term.next, timeline: TimelineID(timeline.number + 1),
      members: members.union([candidate]), required: required)
  }

  /// The same leadership under a later term (rule 11).
  func raised(to term: Term) -> Record {
    var raised = self
    raised.term = term
    return raised
  }
}

/// What `synchronous_standby_names` is to ask for.
public struct StandbyRequirement: Sendable, Hashable, Codable {
  public enum Method: String, Sendable, Codable { case any, first }

  /// In the order of preference, which matters for `first`.
  public var names: [String]
  /// How many of them confirm each commit; 0 for none.
  public var number: Int
  public var method: Method

  public init(names: [String], number: Int, method: Method = .any) {
    self.names = names
    self.number = number
    self.method = method
  }
}

/// The Lease as somebody saw it.
public struct LeaseReading: Sendable, Hashable {
  /// Nil while nobody ever held it, or after somebody deleted it.
  public var record: Record?
  /// The `resourceVersion`, which a write compares with: a later one is higher (Kubernetes API concepts, "Resource
  /// versions"), unless the API server's own data were set back.
  public var version: UInt64

  public init(_ record: Record?, version: UInt64) {
    self.record = record
    self.version = version
  }
}
