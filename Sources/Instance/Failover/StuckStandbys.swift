import ClusterAPI
import Kubernetes
import Logging
import Synchronization

/// Tells people of standbys that do not follow and will not by being waited for: a condition, an event and a metric. The
/// primary tells; it knows best who streams from it.
final class StuckStandbys: Sendable {
  private struct State {
    /// Nil where this instance does not lead.
    var found: [String: String]?
    var told: [String: String]?
  }

  private let instance: String
  private let controlPlane: any ControlPlane
  private let state: InstanceState
  private let logger: Logger
  private let standbys = Mutex(State())
  private let changed = Wakeup()

  init(_ instance: String, _ controlPlane: any ControlPlane, state: InstanceState, logger: Logger) {
    self.instance = instance
    self.controlPlane = controlPlane
    self.state = state
    self.logger = logger
  }

  /// - Parameter found: by the instance's name, what it says; nil where this instance does not lead.
  func note(_ found: [String: String]?) {
    let isNews = standbys.withLock { standbys in
      // A trouble that is told in other words is no news.
      guard standbys.found?.keys != found?.keys else { return false }
      standbys.found = found
      if found == nil { standbys.told = nil }
      return true
    }
    guard isNews else { return }
    state.update { $0.stuckStandbys = found?.count ?? 0 }
    changed.signal()
  }

  /// Runs until it is cancelled.
  func run() async {
    let backoff = Backoff(first: .milliseconds(500), limit: .seconds(60))
    var failures = 0
    while !Task.isCancelled {
      await changed.sleep(atMost: failures > 0 ? backoff.delay(afterFailures: failures) : .seconds(3600))
      let (found, told) = standbys.withLock { ($0.found, $0.told) }
      guard let found, found != told else { continue }
      // One that has just begun to lead, and finds nothing amiss, has better to do.
      if told == nil, found.isEmpty { try? await Task.sleep(for: .seconds(2)) }
      do {
        try await setCondition(found)
        for (name, words) in found.sorted(by: { $0.key < $1.key }) where told?[name] == nil {
          controlPlane.record(.warning, reason: EventReason.standbyStuck, message: Self.sentence(name, words, instance))
        }
        standbys.withLock { $0.told = found }
        failures = 0
      } catch {
        failures += 1
        logger.debug("cannot tell of standbys that are stuck", metadata: ["error": "\(error)"])
      }
    }
  }

  private func setCondition(_ found: [String: String]) async throws {
    let instance = instance
    let message =
      found.isEmpty
      ? "All standbys follow \(instance)"
      : found.sorted { $0.key < $1.key }.map { Self.sentence($0.key, $0.value, instance) }.joined(separator: " ")
    try await controlPlane.changeStatus { cluster in
      // What was never amiss need not be said.
      let isKnown = cluster.status?.conditions?.contains { $0.type == ConditionType.standbysFollow } ?? false
      guard isKnown || !found.isEmpty else { return nil }
      return Conditions.setting(
        ConditionType.standbysFollow, status: found.isEmpty,
        reason: found.isEmpty ? ConditionReason.allFollow : ConditionReason.standbyStuck, message: message,
        in: cluster.status?.conditions ?? [], now: Timestamp.seconds()
      ).map { JSON.object(["conditions": .array($0.map { (try? JSON(encoding: $0)) ?? .null })]) }
    }
  }

  static func sentence(_ name: String, _ words: String, _ primary: String) -> String {
    "Instance \(name) has not followed \(primary) for a minute: \(words). Look at its log (kubectl logs \(name)); if its "
      + "data cannot be saved, delete its PersistentVolumeClaims and its pod, and it is copied anew."
  }
}
