import ClusterAPI
import Foundation
import Kubernetes
import PostgreSQL

/// All that `status` shows, as it was found at one time.
public struct ClusterView: Sendable {
  var cluster: Cluster
  /// The Cluster as the API has it.
  var document: JSON
  /// The best candidate for primary first.
  var instances: [InstanceView]
  var budgets: [PodDisruptionBudget] = []
  /// Those of the cluster that are not over, the oldest first.
  var openBackups: [Backup] = []
  /// Bytes of the primary's data and write-ahead log.
  var size: Int64?
  /// Files of the primary: shown with `-vv` only.
  var configuration: String?
  var accessRules: String?
  /// What could not be found out, and why.
  var problems: [String] = []
  var now: Date

  /// The instance that everything about the whole is asked of.
  var primary: InstanceView? {
    let current = cluster.status?.currentPrimary
    return instances.first { $0.name == current && $0.document != nil && ($0.isPrimary || cluster.isReplicaCluster) }
      ?? instances.first(where: \.isPrimary)
  }

  var isHibernated: Bool { cluster.condition(ConditionType.hibernation)?.status == "True" }
}

/// One instance: its pod, and what it says of itself.
struct InstanceView: Sendable {
  enum Answer: Sendable {
    case document(StatusDocument, JSON)
    /// Why there is none: in a word or two, and in full.
    case none(String, String)
  }

  var name: String
  /// Nil where there is none, or where pods must not be listed.
  var pod: JSON?
  var answer: Answer

  var document: StatusDocument? {
    if case .document(let document, _) = answer { document } else { nil }
  }

  var isPrimary: Bool { document?.isPrimary == true }

  var isReady: Bool {
    (pod?[path: ["status", "conditions"]]?.arrayValue ?? []).contains {
      $0["type"] == "Ready" && $0["status"] == "True"
    }
  }

  var isBeingDeleted: Bool { pod?[path: ["metadata", "deletionTimestamp"]] != nil }

  var node: String? { pod?[path: ["spec", "nodeName"]]?.stringValue }

  /// Whether it would rather be primary than another one: who answers, who is primary, who has received most.
  static func isBetter(_ left: Self, than right: Self) -> Bool {
    guard let one = left.document, let other = right.document else {
      return left.document != nil || (right.document == nil && left.name < right.name)
    }
    if left.isPrimary != right.isPrimary { return left.isPrimary }
    let (received, otherReceived) = (one.received, other.received)
    if received != otherReceived { return received > otherReceived }
    let (replayed, otherReplayed) = (LSN(reading: one.replayLsn), LSN(reading: other.replayLsn))
    return replayed != otherReplayed ? replayed > otherReplayed : left.name < right.name
  }
}

extension StatusDocument {
  fileprivate var received: LSN { max(LSN(reading: receivedLsn), LSN(reading: replayLsn)) }
}

extension LSN {
  /// The beginning where there is nothing to read.
  init(reading text: String?) { self = text.flatMap { LSN($0) } ?? LSN(0) }
}
