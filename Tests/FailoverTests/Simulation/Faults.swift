/// What a schedule may do.
struct Faults {
  var instances = 3
  /// Simulated milliseconds with faults, then as many without at most.
  var duration = 8_000
  /// Per mille and step of 100 ms.
  var crash = 12
  /// Milliseconds until a crashed instance is back.
  var restart = 50...4000
  var serverCrash = 12
  var freeze = 9
  var wipe = 1
  var cut = 18
  var outage = 9
  var switchover = 8
  var obstacle = 3
  var loss = 30
  /// A write of the Lease takes its time, and then succeeds all the same.
  var lateWrite = 10
  /// Milliseconds that a copy or a rewind takes before it streams.
  var copy = 0...0
  var number = 1
  var durability = PolicyKind.legacy
  /// The first two instances are in one place, and do not confirm each other's commits.
  var sharesPlace = false

  enum PolicyKind { case legacy, required, preferred }

  static let usual = Faults()
}

/// What a shell does wrong: each must be found.
enum Mutation: String, CaseIterable {
  /// Promises and terms are lost in a crash.
  case promiseNotDurable
  /// The Lease is written without a comparison.
  case leaseNotCompared
  /// postgres asks for one confirmation fewer than the record says: the quorum is off by one.
  case quorumOffByOne
  /// `synchronous_standby_names` is set some time after the promotion.
  case namesAfterPromotion
  /// A copy in progress counts.
  case copyCounts
  /// A volume that came back empty keeps its identity.
  case wipeKeepsIdentity
  /// Positions are compared without their timelines.
  case lsnOnly
  /// The walreceiver goes on after the promise.
  case receivesAfterPromise
  /// postgres is promoted onto the newest timeline it can see, plus one.
  case ownTimeline
  /// All confirmations of before a change are taken for granted.
  case noCatchUp
}

extension Mutation {
  /// Schedules that have what the rule is for.
  var faults: Faults {
    var faults = Faults.usual
    switch self {
    case .wipeKeepsIdentity: faults.wipe = 10
    case .noCatchUp: faults.crash = 25
    case .copyCounts:
      faults.crash = 25
      faults.restart = 50...600
      faults.copy = 300...1500
    case .receivesAfterPromise:
      faults.freeze = 40
      faults.lateWrite = 700
      faults.crash = 4
    case .promiseNotDurable:
      faults.crash = 80
      faults.restart = 5...20
      faults.freeze = 40
      faults.lateWrite = 700
    default: break
    }
    return faults
  }
}
