import Certificates
import ClusterAPI
import Failover
import Foundation
import Kubernetes
import Synchronization

@testable import Instance

/// An API server of one Cluster and some Secrets, in memory, shared by the instances of a test.
final class FakeControlPlane: ControlPlane {
  private struct State {
    var cluster: JSON
    var secrets: [String: Secret] = [:]
    var configMaps: [String: ConfigMap] = [:]
    var backups: [String: JSON] = [:]
    var events: [String] = []
    var told: [String] = []
    var quorum: FailoverQuorumStatus?
    var refusesQuorum = false
    var version = 1
    var followers: [Int: @Sendable () -> Void] = [:]
    var nextFollower = 0
    var lease = LeaseReading(nil, version: 1)
    var leaseFollowers: [Int: @Sendable (LeaseReading) -> Void] = [:]
  }

  private let state: Mutex<State>

  init(_ cluster: Cluster) throws { state = try Mutex(State(cluster: JSON(encoding: cluster))) }

  var cluster: Cluster? { state.withLock { try? $0.cluster.decoded(as: Cluster.self) } }

  var events: [String] { state.withLock { $0.events } }

  func secret(_ name: String) async throws -> Secret? { state.withLock { $0.secrets[name] } }

  func configMap(_ name: String) async throws -> ConfigMap? { state.withLock { $0.configMaps[name] } }

  func podAddress(_ instance: String) async throws -> String? {
    cluster?.status?.instancesReportedState?[instance]?.ip
  }

  func lease() async throws -> LeaseReading { state.withLock { $0.lease } }

  func writeLease(_ record: Record, over version: UInt64) async throws -> LeaseReading? {
    let (written, followers) = state.withLock { state in
      guard state.lease.version == version else {
        return (nil as LeaseReading?, [] as [@Sendable (LeaseReading) -> Void])
      }
      state.lease = LeaseReading(record, version: version + 1)
      return (state.lease, Array(state.leaseFollowers.values))
    }
    if let written { for follower in followers { follower(written) } }
    return written
  }

  func followLease(_ seen: @escaping @Sendable (LeaseReading) -> Void) async {
    let number = state.withLock { state in
      state.nextFollower += 1
      state.leaseFollowers[state.nextFollower] = seen
      return state.nextFollower
    }
    seen(state.withLock { $0.lease })
    try? await Task.sleep(for: .seconds(86_400))
    state.withLock { $0.leaseFollowers[number] = nil }
  }

  /// What was said of who is primary.
  var told: [String] { state.withLock { $0.told } }

  func labelPrimary(_ instance: String) async throws {
    state.withLock { $0.told.append("label \(instance) primary") }
  }

  func relabel(_ instance: String, from old: ClusterAPI.InstanceRole, to new: ClusterAPI.InstanceRole) async throws {
    state.withLock { $0.told.append("relabel \(instance) \(old.rawValue) \(new.rawValue)") }
  }

  func recordPrimary(_ instance: String) async throws {
    state.withLock { $0.told.append("record \(instance)") }
    try edit(["status": ["currentPrimary": .string(instance), "targetPrimary": .string(instance)]])
  }

  func changeStatus(_ change: @Sendable (Cluster) -> JSON?) async throws {
    try update { state in
      guard let status = change(try state.cluster.decoded(as: Cluster.self)) else { return }
      state.cluster = MergePatch.apply(["status": status], to: state.cluster)
    }
  }

  var quorum: FailoverQuorumStatus? { state.withLock { $0.quorum } }

  func refuseQuorum(_ refuses: Bool) { state.withLock { $0.refusesQuorum = refuses } }

  func deletionGrace(of instance: String) async throws -> Int? { nil }

  func publishQuorum(_ status: FailoverQuorumStatus) async throws {
    try state.withLock { state in
      if state.refusesQuorum { throw APIError(status: 404, reason: "NotFound", message: "there is none") }
      state.quorum = status
    }
  }

  func record(_ kind: EventKind, reason: String, message: String) {
    state.withLock { $0.events.append("\(reason): \(message)") }
  }

  func backup(_ name: String) async throws -> Backup? {
    try state.withLock { try $0.backups[name]?.decoded(as: Backup.self) }
  }

  func backups() async throws -> [Backup] {
    try state.withLock { try $0.backups.values.map { try $0.decoded(as: Backup.self) } }
  }

  func writeStatus(_ status: JSON, ofBackup name: String) async throws {
    state.withLock { state in
      guard let backup = state.backups[name] else { return }
      state.backups[name] = MergePatch.apply(["status": status], to: backup)
    }
  }

  func deleteBackup(_ name: String) async throws { state.withLock { $0.backups[name] = nil } }

  func record(_ kind: EventKind, reason: String, message: String, about backup: Backup) {
    state.withLock { $0.events.append("\(backup.name) \(reason): \(message)") }
  }

  func put(_ backup: Backup) throws {
    let json = try JSON(encoding: backup)
    state.withLock { $0.backups[backup.name] = json }
  }

  func follow(changed: @escaping @Sendable () -> Void) async {
    let number = state.withLock { state in
      state.nextFollower += 1
      state.followers[state.nextFollower] = changed
      return state.nextFollower
    }
    changed()
    try? await Task.sleep(for: .seconds(86_400))
    state.withLock { $0.followers[number] = nil }
  }

  /// What a user or the operator changes.
  func edit(_ patch: JSON) throws {
    try update { $0.cluster = MergePatch.apply(patch, to: $0.cluster) }
  }

  func put(_ name: String, _ values: [String: String]) throws {
    try update { state in
      state.version += 1
      let version = state.version
      state.secrets[name] = Secret.named(name, in: "db") {
        $0.metadata.resourceVersion = String(version)
        $0.data = values.mapValues { Data($0.utf8).base64EncodedString() }
      }
    }
  }

  func putConfigMap(_ name: String, _ values: [String: String]) throws {
    try update { $0.configMaps[name] = ConfigMap.named(name, in: "db") { $0.data = values } }
  }

  func remove(_ secret: String) throws { try update { $0.secrets[secret] = nil } }

  private func update(_ body: (inout State) throws -> Void) throws {
    let followers = try state.withLock { state in
      try body(&state)
      return Array(state.followers.values)
    }
    for follower in followers { follower() }
  }

  /// The certificates that the operator makes for a cluster.
  func putCertificates() throws {
    let authority = try CertificateAuthority(
      create: "pg", organizationalUnit: "db", validity: .seconds(90 * 86_400), now: .now)
    try put("pg-ca", ["ca.crt": authority.certificatePEM])
    let server = try authority.issue(
      LeafRequest(commonName: "pg-rw", dnsNames: ["pg-rw"], usage: .server, validity: .seconds(86_400)))
    try put("pg-server", ["tls.crt": server.certificatePEM, "tls.key": server.privateKeyPEM])
    let replication = try authority.issue(
      LeafRequest(commonName: "streaming_replica", usage: .client, validity: .seconds(86_400)))
    try put("pg-replication", ["tls.crt": replication.certificatePEM, "tls.key": replication.privateKeyPEM])
  }
}
