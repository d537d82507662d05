import ClusterAPI
import Failover
import Kubernetes

/// What an instance asks of the Kubernetes API: its Cluster, the Secrets it needs, and a place to say how it fares.
protocol ControlPlane: Sendable {
  /// The Cluster as last seen; nil before the first answer and after its deletion.
  var cluster: Cluster? { get }

  /// The Secret as it is now; nil if there is none. From the first question on, changes are reported.
  func secret(_ name: String) async throws -> Secret?

  func configMap(_ name: String) async throws -> ConfigMap?

  /// The address of an instance's pod as it was a second ago at most; nil while it has none.
  func podAddress(_ instance: String) async throws -> String?

  /// The record of who is primary, as it is now.
  func lease() async throws -> LeaseReading

  /// Writes the record if nobody else has written since that version; nil where somebody has.
  func writeLease(_ record: Record, over version: UInt64) async throws -> LeaseReading?

  /// Follows the record until cancelled.
  func followLease(_ seen: @escaping @Sendable (LeaseReading) -> Void) async

  /// Says in the labels, by which services find it, that an instance is the primary. Whoever else is labelled so becomes
  /// `unhealthy`, and is found by no service any more.
  func labelPrimary(_ instance: String) async throws

  /// Gives an instance's pod another role if it has this one.
  func relabel(_ instance: String, from old: ClusterAPI.InstanceRole, to new: ClusterAPI.InstanceRole) async throws

  /// Says in the Cluster's status that an instance is the primary.
  func recordPrimary(_ instance: String) async throws

  /// Writes the status that `change` makes of the current one; nothing if it returns nil. It is asked again when
  /// somebody else wrote in between.
  func changeStatus(_ change: @Sendable (Cluster) -> JSON?) async throws

  /// Writes the status of the Cluster's FailoverQuorum, which the operator makes.
  func publishQuorum(_ status: FailoverQuorumStatus) async throws

  /// The seconds that an instance's pod, which is being deleted, was given; nil where it is not.
  func deletionGrace(of instance: String) async throws -> Int?

  /// Records an event about the Cluster. Never waits.
  func record(_ kind: EventKind, reason: String, message: String)

  /// A Backup as it is now; nil if there is none.
  func backup(_ name: String) async throws -> Backup?

  /// All Backups of the Cluster's namespace.
  func backups() async throws -> [Backup]

  /// Writes these fields of a Backup's status.
  func writeStatus(_ status: JSON, ofBackup name: String) async throws

  /// Removes a Backup whose data are gone from the store.
  func deleteBackup(_ name: String) async throws

  /// Records an event about a Backup. Never waits.
  func record(_ kind: EventKind, reason: String, message: String, about backup: Backup)

  /// Follows the Cluster and the Secrets until cancelled; `changed` is called after each change.
  func follow(changed: @escaping @Sendable () -> Void) async
}

enum EventKind: Sendable { case normal, warning }

extension Secret {
  /// The bytes under a key.
  func bytes(_ key: String) -> [UInt8]? {
    data?[key].flatMap { Base64.decode($0) }
  }

  /// - Throws: ``InstanceProblem/missingKey(secret:key:)``.
  func text(_ key: String) throws(InstanceProblem) -> String {
    guard let bytes = bytes(key) else { throw .missingKey(secret: name, key: key) }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension ControlPlane {
  /// Asks for Secrets at the same time, so that each is at hand when it is needed.
  func prefetch(_ names: [String]) async {
    await withDiscardingTaskGroup { group in
      for name in Set(names) { group.addTask { _ = try? await secret(name) } }
    }
  }

  /// - Throws: ``InstanceProblem/missingSecret(name:purpose:)``.
  func requiredSecret(_ name: String, purpose: String) async throws -> Secret {
    guard let secret = try await secret(name) else {
      throw InstanceProblem.missingSecret(name: name, purpose: purpose)
    }
    return secret
  }
}
