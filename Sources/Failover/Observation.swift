import PostgreSQL

/// What the instance's own postgres is doing: looked at several times a second and at each change.
public struct Observation: Sendable, Hashable {
  public enum Server: Sendable, Hashable {
    /// No process is left. `end`: where its log ends, where that is known without recovery: after a clean shutdown.
    case down(end: Position?)
    /// It starts, recovers, is copied or rewound; how far its log reaches is not known.
    case busy
    /// In recovery, at the end of what it has. `isReceiving`: a walreceiver runs.
    case standby(Position, isReceiving: Bool)
    /// It writes. `opening`: the end of the first record of its timeline, or of its recovery when it was restarted.
    case primary(Position, opening: LSN)
    /// It has written its shutdown record, so that nobody can commit any more, and is about to end.
    case shutDown(Position)
  }

  /// Which ``Goal`` this is about, by ``Action/aim(_:number:)``: what was seen before does not count for it.
  public var goal: Int
  public var server: Server
  /// The data are there, and no copy or rewind is in progress.
  public var isComplete: Bool
  /// Of meaning on a primary only.
  public var ailment: Ailment?
  public var obstacle: Obstacle?
  /// On a primary: up to where each standby that streams has confirmed, by the name it streams under.
  public var confirmed: [String: LSN]
  /// In recovery: its source has sent something within `T`.
  public var hearsStream: Bool
  /// Commits have been waiting for standbys since the last look.
  public var commitsWait: Bool
  /// What keeps the instance from being what it should be, in words for people.
  public var trouble: String?

  public init(
    goal: Int = 0, server: Server = .down(end: nil), isComplete: Bool = false, ailment: Ailment? = nil,
    obstacle: Obstacle? = nil, confirmed: [String: LSN] = [:], hearsStream: Bool = false,
    commitsWait: Bool = false, trouble: String? = nil
  ) {
    self.goal = goal
    self.server = server
    self.isComplete = isComplete
    self.ailment = ailment
    self.obstacle = obstacle
    self.confirmed = confirmed
    self.hearsStream = hearsStream
    self.commitsWait = commitsWait
    self.trouble = trouble
  }
}
