import ClusterAPI
import Failover
import Kubernetes
import Logging
import Synchronization

/// Keeps the Cluster's FailoverQuorum a copy of what the Lease's record says, for people and tools: no decision reads it.
/// It comes after the record, and when it can; the failover never waits for it.
final class QuorumCopy: Sendable {
  private let controlPlane: any ControlPlane
  private let logger: Logger
  /// The record by which this instance leads.
  private let record = Mutex<Record?>(nil)
  private let changed = Wakeup()

  init(_ controlPlane: any ControlPlane, logger: Logger) {
    self.controlPlane = controlPlane
    self.logger = logger
  }

  /// - Parameter record: nil where this instance does not lead.
  func note(_ record: Record?) {
    let isNew = self.record.withLock { known in
      defer { known = record }
      return known != record
    }
    if isNew { changed.signal() }
  }

  /// The Cluster has changed: it may ask for the copy only now.
  func look() { changed.signal() }

  /// Runs until it is cancelled.
  func run() async {
    let backoff = Backoff(first: .milliseconds(500), limit: .seconds(60))
    var written: FailoverQuorumStatus?
    var failures = 0
    while !Task.isCancelled {
      let wanted = self.wanted
      if wanted == nil {
        written = nil
      } else if let wanted, wanted != written {
        do {
          try await controlPlane.publishQuorum(wanted)
          written = wanted
          failures = 0
        } catch {
          failures += 1
          logger.debug("cannot write the FailoverQuorum yet", metadata: ["error": "\(error)"])
        }
      }
      await changed.sleep(atMost: failures > 0 ? backoff.delay(afterFailures: failures) : .seconds(3600))
    }
  }

  private var wanted: FailoverQuorumStatus? {
    guard let record = record.withLock({ $0 }), let cluster = controlPlane.cluster, cluster.wantsFailoverQuorum else {
      return nil
    }
    return FailoverQuorumStatus(record, method: cluster.spec.postgresql?.synchronous?.method ?? .any)
  }
}

extension FailoverQuorumStatus {
  /// The record in the words that people know: of these standbys so many have each acknowledged commit.
  init(_ record: Record, method: SynchronousMethod) {
    self.init()
    self.method = method.rawValue.uppercased()
    standbyNames = Set(record.members.map(\.name)).subtracting([record.holder.name]).sorted()
    standbyNumber = max(0, record.required - 1)
    primary = record.holder.name
  }
}
