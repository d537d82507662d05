/// Where a connection may be sent: one ready endpoint of a service port.
struct Backend: Sendable, Hashable, Comparable, CustomStringConvertible {
  var address: String
  var port: Int

  var description: String { "\(address):\(port)" }

  static func < (left: Backend, right: Backend) -> Bool {
    (left.address, left.port) < (right.address, right.port)
  }
}

/// What one service port forwards to, and for whom.
struct ForwardingRules: Sendable, Equatable {
  /// New connections go to these.
  var ready: [Backend] = []
  /// Connections to any other are cut, as soon as there is a ready one to go to instead. Holds the ready ones and those
  /// that are in the slice without being ready: a failed probe does not end a session, another primary does.
  var known: Set<Backend> = []
  /// Nil lets everybody in.
  var sourceRanges: [SourceRange]?
  /// How long a client address stays with its backend (`sessionAffinity: ClientIP`); nil without affinity.
  var affinity: Duration?
}

/// Chooses backends for new connections: round-robin over the ready ones, or the client's former one.
struct BackendTable: Sendable {
  private(set) var rules: ForwardingRules
  private var next = 0
  private var affinities: [String: (backend: Backend, until: ContinuousClock.Instant)] = [:]

  /// Client addresses remembered at most; beyond that, the ones that ran out are forgotten first and then all.
  static let mostAffinities = 10_000

  init(rules: ForwardingRules) { self.rules = rules }

  mutating func update(_ rules: ForwardingRules) {
    self.rules = rules
    if rules.affinity == nil { affinities = [:] }
    affinities = affinities.filter { rules.ready.contains($0.value.backend) }
  }

  func admits(_ source: String) -> Bool {
    rules.sourceRanges?.contains { $0.contains(source) } ?? true
  }

  /// The backends to try for a connection from `source`, the best one first; empty where none is ready.
  mutating func candidates(for source: String, now: ContinuousClock.Instant) -> [Backend] {
    let ready = rules.ready
    guard !ready.isEmpty else { return [] }
    var first = next % ready.count
    if let affinity = rules.affinity {
      if let known = affinities[source], known.until > now, let index = ready.firstIndex(of: known.backend) {
        first = index
      } else {
        next = (first + 1) % ready.count
      }
      if affinities.count >= Self.mostAffinities {
        affinities = affinities.filter { $0.value.until > now }
        if affinities.count >= Self.mostAffinities { affinities = [:] }
      }
      affinities[source] = (ready[first], now + affinity)
    } else {
      next = (first + 1) % ready.count
    }
    return Array(ready[first...] + ready[..<first])
  }
}
