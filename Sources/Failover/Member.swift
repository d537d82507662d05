import PostgreSQL

/// A random number made with a volume: a volume that comes back empty is a new instance under an old name.
public struct VolumeIdentity: Sendable, Hashable, Comparable, Codable {
  public var number: UInt64

  public init(_ number: UInt64) { self.number = number }

  public static func < (left: Self, right: Self) -> Bool { left.number < right.number }

  public init(from decoder: any Decoder) throws { number = try decoder.singleValueContainer().decode(UInt64.self) }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(number)
  }
}

/// An instance by name and by the volume that it has its data on.
public struct Member: Sendable, Hashable, Comparable, Codable {
  public var name: String
  public var identity: VolumeIdentity

  public init(_ name: String, _ identity: VolumeIdentity) {
    self.name = name
    self.identity = identity
  }

  public static func < (left: Self, right: Self) -> Bool {
    (left.name, left.identity) < (right.name, right.identity)
  }
}

/// Counts leaderships (`leaseTransitions`). It only grows; 0 is before the first.
public struct Term: Sendable, Hashable, Comparable, Codable {
  public var number: Int

  public init(_ number: Int) { self.number = number }

  public var next: Term { Term(number + 1) }

  public static func < (left: Self, right: Self) -> Bool { left.number < right.number }

  public init(from decoder: any Decoder) throws { number = try decoder.singleValueContainer().decode(Int.self) }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(number)
  }
}

extension Term: CustomStringConvertible {
  public var description: String { String(number) }
}

/// How far an instance's write-ahead log reaches: what recovery would get to.
///
/// The timeline of the last byte comes first: of two ends, the one on the later timeline has everything that was
/// acknowledged, however far an earlier one goes on.
public struct Position: Sendable, Hashable, Comparable, Codable {
  public var timeline: TimelineID
  public var lsn: LSN

  public init(_ timeline: TimelineID, _ lsn: LSN) {
    self.timeline = timeline
    self.lsn = lsn
  }

  public static func < (left: Self, right: Self) -> Bool {
    (left.timeline, left.lsn) < (right.timeline, right.lsn)
  }
}

extension Position: CustomStringConvertible {
  public var description: String { "\(lsn) on timeline \(timeline)" }
}

/// The word of a member that it follows nobody of an earlier term, and how far its log reaches from then on.
/// It names no candidate (rule 3).
public struct Promise: Sendable, Hashable, Codable {
  public var term: Term
  public var position: Position

  public init(_ term: Term, _ position: Position) {
    self.term = term
    self.position = position
  }
}
