import Logging

/// Lets one of several programs lead, by a Lease.
public struct LeaderElector: Sendable {
  private let client: KubernetesClient
  private let name: String
  private let namespace: String
  public let identity: String
  private let durations: LeaderElection.Durations
  private let logger: Logger

  /// - Parameters:
  ///   - identity: of this program, different from all other candidates' and from its own earlier lives'.
  ///   - duration: after which others may take a lease that is not renewed.
  ///   - renewDeadline: after which a leader who cannot renew stops leading; shorter than `duration`.
  ///   - retryPeriod: between two attempts.
  public init(
    _ client: KubernetesClient, lease name: String, namespace: String, identity: String,
    duration: Duration = .seconds(15), renewDeadline: Duration = .seconds(10), retryPeriod: Duration = .seconds(2),
    logger: Logger = Logger(label: "leader-election")
  ) {
    self.client = client
    self.name = name
    self.namespace = namespace
    self.identity = identity
    durations = LeaderElection.Durations(lease: duration, renewDeadline: renewDeadline, retry: retryPeriod)
    var logger = logger
    logger[metadataKey: "lease"] = "\(namespace)/\(name)"
    logger[metadataKey: "identity"] = "\(identity)"
    self.logger = logger
  }

  /// Waits for leadership, then runs the body; cancels it when leadership is lost, waits for its end, and stands for
  /// election again. Returns when the body returns by itself, and throws what the body throws. The lease is given up
  /// at the end, so that the next leader need not wait.
  ///
  /// A process that was frozen may believe for a moment that it still leads; what must not happen twice has to be
  /// guarded by resource versions.
  public func run(whileLeading body: @escaping @Sendable () async throws -> Void) async throws {
    var election = LeaderElection(identity: identity, durations: durations)
    while true {
      election = try await acquire(election)
      logger.notice("leading")
      let end = await lead(election, body)
      switch end {
      case .bodyReturned, .bodyThrew:
        await release()
        if case .bodyThrew(let error) = end { throw error }
        return
      case .lost:
        try Task.checkCancellation()
        logger.warning("no longer leading")
        election.hasLost()
      }
    }
  }

  private enum End: Sendable {
    case bodyReturned
    case bodyThrew(any Error)
    case lost
  }

  private func acquire(_ election: LeaderElection) async throws -> LeaderElection {
    var election = election
    while true {
      try Task.checkCancellation()
      do {
        if try await step(&election) { return election }
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        logger.debug("cannot take the lease", metadata: ["error": "\(error)"])
      }
      try await Task.sleep(for: durations.retry * Double.random(in: 1...1.2))
    }
  }

  /// One look at the lease, and the write that follows from it.
  ///
  /// - Returns: whether we lead; false means that somebody else does.
  private func step(_ election: inout LeaderElection) async throws -> Bool {
    let current = try await client.find(Lease.self, name, in: namespace)
    let sentAt = ContinuousClock.now
    let decision = election.decide(current, now: sentAt)
    if decision == .wait { return false }
    let lease = election.lease(
      for: decision, from: current, name: name, namespace: namespace, time: Timestamp.microseconds())
    // A conflict is no loss yet: the next look tells who holds the lease.
    _ = decision == .create ? try await client.create(lease) : try await client.replace(lease)
    election.hasRenewed(at: sentAt)
    return true
  }

  private func lead(_ election: LeaderElection, _ body: @escaping @Sendable () async throws -> Void) async -> End {
    await withTaskGroup(of: End.self) { group in
      group.addTask {
        do {
          try await body()
          return .bodyReturned
        } catch {
          return .bodyThrew(error)
        }
      }
      group.addTask {
        await keepRenewing(election)
        return .lost
      }
      let first = await group.next() ?? .lost
      group.cancelAll()
      let second = await group.next()
      // Cancelled from outside both end; the body's end is what counts, and the lease is given up.
      if Task.isCancelled, let second, case .lost = first { return second }
      return first
    }
  }

  /// Returns when leadership is lost or the task is cancelled.
  private func keepRenewing(_ election: LeaderElection) async {
    var election = election
    while !Task.isCancelled {
      do {
        let left = (election.leadsUntil ?? .now) - ContinuousClock.now
        try await Task.sleep(for: max(.zero, min(durations.retry, left)))
        let remaining = (election.leadsUntil ?? .now) - ContinuousClock.now
        guard remaining > .zero else { return }
        let before = election
        let (next, leads) = try await withDeadline(remaining) {
          var election = before
          let leads = try await step(&election)
          return (election, leads)
        }
        election = next
        if !leads { return }
      } catch {
        logger.warning("cannot renew the lease", metadata: ["error": "\(error)"])
      }
    }
  }

  /// Gives the lease up if it is ours. Runs although its task may be cancelled already, for at most two seconds.
  private func release() async {
    await Task {
      try? await withDeadline(.seconds(2)) {
        guard var lease = try await client.find(Lease.self, name, in: namespace),
          lease.spec?.holderIdentity == identity
        else { return }
        lease.spec?.holderIdentity = ""
        lease.spec?.leaseDurationSeconds = 1
        lease.spec?.renewTime = Timestamp.microseconds()
        _ = try await client.replace(lease)
      }
    }.value
  }
}
