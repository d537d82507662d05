import PostgreSQL

/// What a participant learns. Everything from outside comes this way; there is no clock and no socket behind it.
public enum Event: Sendable {
  /// One ``Settings/tick`` has passed in which this process ran. Ticks that were missed are not made up for: silence
  /// that one slept through is no silence (rule 2).
  case tick(Instant)
  /// Directly from its sender.
  case heard(Heartbeat)
  /// The sender's process closed its stream, and nobody listens at its address.
  case gone(String)
  case observed(Observation)
  /// The Lease, as ``Action/readLease`` asked for it or, unasked, as a watch told.
  case lease(LeaseReading, isAnswer: Bool)
  /// Our write succeeded; this is what it made. `sentAt`: when it was sent.
  case leaseWritten(LeaseReading, sentAt: Instant)
  /// Somebody else wrote first.
  case leaseConflict
  /// The API server did not answer; what became of a write is not known.
  case leaseUnknown
  /// Every walsender counts by this requirement; all that was written earlier ends before `position`.
  case requirementInForce(StandbyRequirement, position: LSN)
  case policy(Policy)
  case settings(Settings)
  /// Somebody is to take over; nil: nobody is any longer.
  case switchover(Switchover?)
  /// The cluster's first data are this instance's, made just now, and there was no other before.
  case founded(TimelineID)
}

/// A wish that the primary hands over.
public struct Switchover: Sendable, Hashable {
  /// Nil for whoever is furthest.
  public var target: String?
  /// After so many ticks without a successor the holder goes on; nil when it cannot, because its pod ends.
  public var patience: Int?

  var isFinal: Bool { patience == nil }

  public init(target: String?, patience: Int?) {
    self.target = target
    self.patience = patience
  }
}

/// What a participant wants done. Actions are carried out in their order: each is finished, or, where it answers with an
/// event, begun, before the next.
public enum Action: Sendable, Hashable {
  /// Make it durable. What follows relies on it.
  case persist(Commitment)
  /// Send to every peer, without waiting.
  case tell(Heartbeat)
  /// Answers with ``Event/lease(_:isAnswer:)`` or ``Event/leaseUnknown``.
  case readLease
  /// Write, if the version is still this one. Answers with ``Event/leaseWritten(_:sentAt:)``, ``Event/leaseConflict`` or
  /// ``Event/leaseUnknown``. Each write changes the Lease, if only its time.
  case writeLease(Record, over: UInt64)
  /// Bring postgres there, and keep it there, whatever it takes; this replaces the goal before. How it stands is told by
  /// ``Event/observed(_:)`` with this number.
  case aim(Goal, number: Int)
  /// Let clients in; label this pod the primary, the old one unhealthy; write the status.
  case openDoors(Record)
  /// Let no client in, and cut off those that are.
  case closeDoors
  /// A switchover cannot be: the reason is for people.
  case refuse(Switchover, Refusal)
}

/// Why a switchover was refused, or given up.
public enum Refusal: Sendable, Hashable {
  case unknownTarget
  case targetUnreachable
  case targetIncomplete
  case targetCannotLead(Obstacle)
  case targetBehind
  case noTarget
  case notTakenOver
}

extension Refusal: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknownTarget: "no instance of that name has been heard of"
    case .targetUnreachable: "it is not heard of, or does not follow yet"
    case .targetIncomplete: "its data are being copied or rewound"
    case .targetCannotLead(let obstacle): "\(obstacle)"
    case .targetBehind: "it does not stream"
    case .noTarget: "there is none that streams, is complete and may lead"
    case .notTakenOver: "it has not taken over in time"
    }
  }
}

/// What postgres is to do.
public enum Goal: Sendable, Hashable {
  /// Not to run; with no haste, and not to commit anything more.
  case rest
  /// Not to run, and no process left as fast as that goes.
  case halt
  /// Follow this leader: stream if the histories agree, otherwise rewind or copy. `as`: the name to stream
  /// under, see ``StreamName``.
  case follow(Member, Term, as: String)
  /// Recover what there is and follow nobody: no walreceiver, nothing from the archive.
  case detach
  /// Follow nobody, but get the log of another that has promised the same, up to where it ends.
  case catchUp(from: Member, to: Position)
  /// Write this timeline: as it is if the data are on it already, by promotion otherwise; the requirement first. Answers
  /// with ``Event/requirementInForce(_:position:)`` once every walsender uses it.
  case lead(TimelineID, StandbyRequirement)
  /// Checkpoint, then shut down cleanly, the standbys receiving the shutdown record.
  case handOver
}
