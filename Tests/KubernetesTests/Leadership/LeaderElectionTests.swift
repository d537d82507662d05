import Testing

@testable import Kubernetes

@Suite("An election")
struct LeaderElectionTests {
  let now = ContinuousClock.now
  var election = LeaderElection(identity: "me", durations: .init())

  static func lease(_ holder: String?, renewed: String = "1", seconds: Int? = 15) -> Lease {
    Lease.named("lock", in: "demo") {
      $0.spec = LeaseSpec.with {
        $0.holderIdentity = holder
        $0.renewTime = renewed
        $0.leaseDurationSeconds = seconds
      }
    }
  }

  @Test("takes a lease that is absent or was given up, at once")
  mutating func free() {
    #expect(election.decide(nil, now: now) == .create)
    #expect(election.decide(Self.lease(""), now: now) == .take)
    #expect(election.decide(Self.lease(nil), now: now) == .take)
    #expect(election.decide(Self.lease("me"), now: now) == .renew)
  }

  @Test("takes another's lease only after seeing it unchanged for its whole duration")
  mutating func expiry() {
    #expect(election.decide(Self.lease("other"), now: now) == .wait)
    #expect(election.decide(Self.lease("other"), now: now + .seconds(14)) == .wait)
    #expect(election.decide(Self.lease("other", renewed: "2"), now: now + .seconds(15)) == .wait)
    #expect(election.decide(Self.lease("other", renewed: "2"), now: now + .seconds(29)) == .wait)
    #expect(election.decide(Self.lease("other", renewed: "2"), now: now + .seconds(30)) == .take)
  }

  @Test("goes by the holder's duration, not its own")
  mutating func holdersDuration() {
    #expect(election.decide(Self.lease("other", seconds: 60), now: now) == .wait)
    #expect(election.decide(Self.lease("other", seconds: 60), now: now + .seconds(59)) == .wait)
    #expect(election.decide(Self.lease("other", seconds: 60), now: now + .seconds(60)) == .take)
  }

  @Test("lets a leader lead for the renew deadline after the last renewal was sent, which ends before the lease does")
  mutating func leads() {
    #expect(election.leadsUntil == nil)
    election.hasRenewed(at: now)
    #expect(election.leadsUntil == now + .seconds(10))
    #expect(LeaderElection.Durations().renewDeadline < LeaderElection.Durations().lease)
  }

  @Test("writes a new holder with the time of taking and one more transition, and renewals without")
  func writes() {
    func write(_ decision: LeaderElection.Decision, _ current: Lease?) -> LeaseSpec? {
      election.lease(for: decision, from: current, name: "lock", namespace: "demo", time: "9").spec
    }
    #expect(write(.create, nil)?.holderIdentity == "me")
    #expect(write(.create, nil)?.leaseTransitions == nil)
    let taken = write(.take, Self.lease("other"))
    #expect(taken?.leaseTransitions == 1)
    #expect(taken?.acquireTime == "9")
    let renewed = write(.renew, Self.lease("me"))
    #expect(renewed?.leaseTransitions == nil)
    #expect(renewed?.acquireTime == nil)
    #expect(renewed?.renewTime == "9")
  }
}
