import ClusterAPI
import Failover
import Kubernetes
import Logging
import Synchronization

/// Tells the API who is primary: labels, by which services find it, and the status, for people and tools.
///
/// The labels come as soon as the new primary is promoted, with its doors closed still: the services turn to it while its
/// standbys confirm. The status comes with the opening of its doors. One that stops to hand over takes its label back, so
/// that nobody who cannot be served knocks at it.
final class Announcement: Sendable {
  /// What there is to tell.
  private enum News: Sendable, Equatable {
    case nothing
    /// Somebody else leads: whatever this instance once said of itself is over.
    case follows
    case stopsServing
    case isPromoted(Record)
    case isOpen(Record)
  }

  private struct State {
    var news = News.nothing
    var told = News.nothing
    /// Its pod may have the primary's label, from an earlier life of this process perhaps.
    var mayBeLabelled = true
    /// The record by which this instance leads.
    var record: Record?
  }

  /// What clients come back by is told at once; the rest after them.
  private static let timeForClients = Duration.milliseconds(500)

  private let instance: String
  private let controlPlane: any ControlPlane
  private let logger: Logger
  private let state = Mutex(State())
  private let changed = Wakeup()

  init(_ instance: String, _ controlPlane: any ControlPlane, logger: Logger) {
    self.instance = instance
    self.controlPlane = controlPlane
    self.logger = logger
  }

  /// - Parameter record: nil where this instance does not lead.
  func note(_ record: Record?) {
    state.withLock { state in
      state.record = record
      if record == nil, state.news != .follows { state.news = .nothing }
    }
  }

  /// Clients find closed doors at this instance, which has been promoted.
  func isPromoted() { tell { $0.record.map { .isPromoted($0) } } }

  func stopsServing() { tell { _ in .stopsServing } }

  func isOpen(_ record: Record) { tell { _ in .isOpen(record) } }

  func isClosed() { tell { _ in .nothing } }

  func follows() { tell { _ in .follows } }

  private func tell(_ news: (State) -> News?) {
    let isNews = state.withLock { state in
      guard let news = news(state), news != state.news else { return false }
      state.news = news
      return true
    }
    if isNews { changed.signal() }
  }

  /// The Cluster says something else: whatever somebody else wrote last, who leads is named there in the end.
  func follow(_ cluster: Cluster) {
    let isWrong = state.withLock { state in
      guard case .isOpen(let record) = state.news, cluster.status?.currentPrimary != record.holder.name else {
        return false
      }
      state.told = .nothing
      return true
    }
    if isWrong { changed.signal() }
  }

  /// Runs until it is cancelled.
  func run() async {
    let backoff = Backoff(first: .milliseconds(50), limit: .seconds(2))
    var failures = 0
    while !Task.isCancelled {
      do {
        while let (news, told) = state.withLock({ $0.news == $0.told ? nil : ($0.news, $0.told) }) {
          if canWait(news, after: told) {
            let end = ContinuousClock.now + Self.timeForClients
            while !Task.isCancelled, state.withLock({ $0.news == news }), .now < end {
              await changed.sleep(atMost: end - .now)
            }
            if Task.isCancelled { return }
            if state.withLock({ $0.news != news }) { continue }
          }
          try await say(news, after: told)
          state.withLock { $0.told = news }
        }
        failures = 0
      } catch {
        failures += 1
        logger.warning("cannot tell what this instance is yet", metadata: ["error": "\(error)"])
      }
      await changed.sleep(atMost: failures > 0 ? backoff.delay(afterFailures: failures) : .seconds(3600))
    }
  }

  /// Whether clients come back without it.
  private func canWait(_ news: News, after told: News) -> Bool {
    switch news {
    case .isOpen(let record): told == .isPromoted(record)
    case .follows: state.withLock { !$0.mayBeLabelled }
    default: false
    }
  }

  private func say(_ news: News, after told: News) async throws {
    switch news {
    case .nothing: return
    case .follows:
      for old in [ClusterAPI.InstanceRole.primary, .unhealthy] {
        try await controlPlane.relabel(instance, from: old, to: .replica)
      }
      state.withLock { $0.mayBeLabelled = false }
    case .stopsServing:
      try await controlPlane.relabel(instance, from: .primary, to: .unhealthy)
      state.withLock { $0.mayBeLabelled = false }
    case .isPromoted: try await labelPrimary()
    case .isOpen(let record):
      // One that was cut off, and opens its doors for a moment before it learns who leads now, must not say so.
      guard let held = try await controlPlane.lease().record, held.holder == record.holder,
        held.timeline == record.timeline
      else { return }
      if told != .isPromoted(record) { try await labelPrimary() }
      try await controlPlane.recordPrimary(instance)
    }
  }

  private func labelPrimary() async throws {
    state.withLock { $0.mayBeLabelled = true }
    try await controlPlane.labelPrimary(instance)
  }
}
