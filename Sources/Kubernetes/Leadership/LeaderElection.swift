/// When a candidate may take a Lease, and when a leader must stop; the rules of Kubernetes' own components.
///
/// Clocks of different machines are never compared. A lease has run out for us when *we* have seen it unchanged for its
/// whole duration on our own clock; and a leader who could not renew for `renewDeadline`, which is shorter, has stopped
/// by then, as long as our clocks run equally fast.
struct LeaderElection {
  typealias Instant = ContinuousClock.Instant

  struct Durations: Sendable {
    /// After which others may take a lease that is not renewed.
    var lease: Duration = .seconds(15)
    /// After which a leader who cannot renew gives up.
    var renewDeadline: Duration = .seconds(10)
    /// Between two attempts.
    var retry: Duration = .seconds(2)
  }

  enum Decision: Equatable {
    case create
    /// The lease as it is becomes ours if nobody writes it in between.
    case take
    case renew
    /// Somebody else holds it.
    case wait
  }

  let identity: String
  let durations: Durations
  /// What last changed, and when we saw it.
  private var seen: (spec: LeaseSpec?, at: Instant)?
  private var renewedAt: Instant?

  init(identity: String, durations: Durations) {
    self.identity = identity
    self.durations = durations
  }

  /// What to do, now that the lease looks like this.
  mutating func decide(_ lease: Lease?, now: Instant) -> Decision {
    guard let lease else { return .create }
    if seen == nil || seen?.spec != lease.spec { seen = (lease.spec, now) }
    let holder = lease.spec?.holderIdentity ?? ""
    if holder == identity { return .renew }
    if holder.isEmpty { return .take }
    // The holder's own duration: it may be configured otherwise.
    let duration = lease.spec?.leaseDurationSeconds.map { Duration.seconds($0) } ?? durations.lease
    return now - (seen?.at ?? now) >= duration ? .take : .wait
  }

  /// Our write was accepted; it was sent at this moment.
  mutating func hasRenewed(at instant: Instant) { renewedAt = instant }

  mutating func hasLost() { renewedAt = nil }

  /// Until when we may lead without another renewal.
  var leadsUntil: Instant? { renewedAt.map { $0 + durations.renewDeadline } }

  /// The lease to write for a decision. Its resource version makes the write fail if anybody wrote in between.
  func lease(for decision: Decision, from current: Lease?, name: String, namespace: String, time: String) -> Lease {
    var lease = current ?? Lease.named(name, in: namespace)
    var spec = lease.spec ?? LeaseSpec()
    if decision != .renew {
      spec.acquireTime = time
      if current != nil { spec.leaseTransitions = (spec.leaseTransitions ?? 0) + 1 }
    }
    spec.holderIdentity = identity
    spec.leaseDurationSeconds = Int(durations.lease.components.seconds)
    spec.renewTime = time
    lease.spec = spec
    return lease
  }
}
