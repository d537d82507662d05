/// Times, in ticks of the participant's own running time.
public struct Settings: Sendable, Hashable {
  /// Milliseconds between two ticks.
  public var tick = 100
  /// `T`: silence of heartbeats and stream after which a leader is suspected.
  public var silence = 10
  /// A leader that hears neither the API server nor enough members stops serving after this; shorter than `silence`.
  public var isolation = 7
  /// How long a candidate lets each better one go first.
  public var courtesy = 2
  /// How long a holder whose postgres died lets the others go first.
  public var restraint = 20
  /// How long a member is missed before it is taken out of the record.
  public var absence = 30
  /// How long a standby may not follow before people are told.
  public var stuck = 600
  /// After how long waiting commits make a leader doubt itself; longer each time.
  public var waiting = 100
  /// After how long the Lease is read again though nothing was heard of it.
  public var refresh = 100
  /// Before a suspicion counts: `spec.failoverDelay`.
  public var delay = 0
  /// Milliseconds of `spec.primaryLease`.
  public var leaseDuration: Int64 = 15_000
  public var renewDeadline: Int64 = 10_000
  public var retryPeriod: Int64 = 2_000
  /// What bringing postgres down takes at most, so that nothing is left of it at the renew deadline.
  public var stopMargin: Int64 = 2_000

  public init() {}
}
