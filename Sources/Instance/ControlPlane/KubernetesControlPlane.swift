import ClusterAPI
import Failover
import Kubernetes
import Logging
import Synchronization

/// The control plane behind a real API server, with the rights that an instance's Role gives: its Cluster and the
/// Secrets by name.
final class KubernetesControlPlane: ControlPlane {
  private struct Followed {
    /// Nil while the first answer is on its way.
    var secrets: [String: Secret?] = [:]
  }

  private struct KnownAddress {
    var address: String
    var seen: ContinuousClock.Instant
  }

  /// A standby knocks at its primary many times a second; another pod of its name is noticed soon enough.
  private static let addressLifetime = Duration.seconds(1)

  private let client: KubernetesClient
  private let namespace: String
  private let name: String
  private let clusters: ObjectCache<Cluster>
  private let leases: ObjectCache<Lease>
  private let leaseObject = Mutex<Lease?>(nil)
  private let recorder: EventRecorder
  private let logger: Logger
  private let followed = Mutex(Followed())
  private let addresses = Mutex<[String: KnownAddress]>([:])
  private let names: (stream: AsyncStream<String>, continuation: AsyncStream<String>.Continuation)

  init(client: KubernetesClient, environment: InstanceEnvironment, logger: Logger) {
    self.client = client
    namespace = environment.namespace
    name = environment.cluster
    self.logger = logger
    clusters = ObjectCache(client, in: environment.namespace, fields: "metadata.name=\(environment.cluster)")
    leases = ObjectCache(client, in: environment.namespace, fields: "metadata.name=\(environment.cluster)")
    recorder = EventRecorder(client, component: EventReason.source, instance: environment.instance)
    names = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(64))
  }

  var cluster: Cluster? { clusters.get(name) }

  func secret(_ name: String) async throws -> Secret? {
    if let known = followed.withLock({ $0.secrets[name] }) { return known }
    let secret = try await client.find(Secret.self, name, in: namespace)
    let isNew = followed.withLock { followed in
      let isNew = followed.secrets[name] == nil
      followed.secrets[name] = .some(secret)
      return isNew
    }
    if isNew { names.continuation.yield(name) }
    return secret
  }

  func configMap(_ name: String) async throws -> ConfigMap? {
    try await client.find(ConfigMap.self, name, in: namespace)
  }

  func podAddress(_ instance: String) async throws -> String? {
    if let known = addresses.withLock({ $0[instance] }), known.seen + Self.addressLifetime > .now {
      return known.address
    }
    let pod = try await client.find(Pod.resource, instance, in: namespace)
    let address = pod?[path: ["status", "podIP"]]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
    addresses.withLock { $0[instance] = address.map { KnownAddress(address: $0, seen: .now) } }
    return address
  }

  func lease() async throws -> LeaseReading {
    try note(try await client.get(Lease.self, name, in: namespace))
  }

  func writeLease(_ record: Record, over version: UInt64) async throws -> LeaseReading? {
    guard var lease = leaseObject.withLock({ $0 }), lease.metadata.resourceVersion == String(version) else {
      return nil
    }
    lease = try LeaseCoding.lease(
      record, over: lease, duration: cluster?.spec.primaryLease?.leaseDurationSeconds ?? 15)
    do {
      return try note(try await client.replace(lease))
    } catch let error as APIError where error.isConflict || error.isNotFound {
      return nil
    }
  }

  func followLease(_ seen: @escaping @Sendable (LeaseReading) -> Void) async {
    await withDiscardingTaskGroup { group in
      group.addTask { [leases] in try? await leases.run() }
      for await change in leases.changes() {
        if case .deleted = change { continue }
        if let reading = try? note(change.object) { seen(reading) }
      }
    }
  }

  /// The newest object is what a write is made from.
  private func note(_ lease: Lease) throws -> LeaseReading {
    let reading = try LeaseCoding.reading(lease)
    leaseObject.withLock { known in
      let version = known?.metadata.resourceVersion.flatMap { UInt64($0) } ?? 0
      if reading.version >= version { known = lease }
    }
    return reading
  }

  func labelPrimary(_ instance: String) async throws {
    // First of all: it is what clients wait for.
    try await patchLabels(of: instance, .merge(["metadata": ["labels": Self.labels(.primary)]]))
    if let former = cluster?.status?.currentPrimary, !former.isEmpty, former != instance {
      try await relabel(former, from: .primary, to: .unhealthy)
    }
  }

  func relabel(_ instance: String, from old: ClusterAPI.InstanceRole, to new: ClusterAPI.InstanceRole) async throws {
    func path(_ label: String) -> JSON { .string("/metadata/labels/" + label.replacing("/", with: "~1")) }
    let role = path(Labels.instanceRole)
    do {
      try await patchLabels(
        of: instance,
        .json([
          ["op": "test", "path": role, "value": .string(old.rawValue)],
          ["op": "replace", "path": role, "value": .string(new.rawValue)],
          ["op": "add", "path": path(Labels.legacyRole), "value": .string(new.rawValue)],
        ]))
    } catch let error as APIError where error.status == 422 {
      return  // its role is another
    }
  }

  private func patchLabels(of instance: String, _ patch: Patch) async throws {
    do {
      // What comes back is not decoded: this is a moment in which there is no time.
      _ = try await client.patch(Pod.resource, instance, in: namespace, patch)
    } catch let error as APIError where error.isNotFound {
      return  // no pod, nobody finds it
    }
  }

  private static func labels(_ role: ClusterAPI.InstanceRole) -> JSON {
    [Labels.instanceRole: .string(role.rawValue), Labels.legacyRole: .string(role.rawValue)]
  }

  func recordPrimary(_ instance: String) async throws {
    // Nobody says so of one that was promoted after the last that is recorded, and did not live to be recorded itself.
    for other in Set(cluster?.status?.instanceNames ?? []).subtracting([instance]) {
      try await relabel(other, from: .primary, to: .unhealthy)
    }
    let now = Timestamp.microseconds()
    try await changeStatus { current in
      guard current.status?.currentPrimary != instance || current.status?.targetPrimary != instance else { return nil }
      return [
        "currentPrimary": .string(instance), "currentPrimaryTimestamp": .string(now),
        "targetPrimary": .string(instance), "targetPrimaryTimestamp": .string(now),
      ]
    }
  }

  func changeStatus(_ change: @Sendable (Cluster) -> JSON?) async throws {
    for attempt in 1... {
      let current = try await client.get(Cluster.self, name, in: namespace)
      guard let status = change(current) else { return }
      // With the version that was read: lists, such as the conditions, are replaced whole, so nobody's change in
      // between may be lost.
      let patch: JSON = [
        "metadata": ["resourceVersion": .string(current.metadata.resourceVersion ?? "")], "status": status,
      ]
      do {
        clusters.observe(
          try await client.patch(Cluster.self, name, in: namespace, .merge(patch), subresource: "status"))
        return
      } catch let error as APIError where error.isConflict && attempt < 10 {
        logger.debug("somebody else wrote the Cluster's status; trying again")
      }
    }
  }

  func deletionGrace(of instance: String) async throws -> Int? {
    try await client.find(Pod.self, instance, in: namespace)?.metadata.deletionGracePeriodSeconds.map { Int($0) }
  }

  func publishQuorum(_ status: FailoverQuorumStatus) async throws {
    let patch: JSON = ["status": try JSON(encoding: status)]
    _ = try await client.patch(FailoverQuorum.resource, name, in: namespace, .merge(patch), subresource: "status")
  }

  func record(_ kind: EventKind, reason: String, message: String) {
    guard let cluster else { return }
    recorder.record(kind == .normal ? .normal : .warning, reason: reason, message: message, about: cluster)
  }

  func backup(_ name: String) async throws -> Backup? {
    try await client.find(Backup.self, name, in: namespace)
  }

  func backups() async throws -> [Backup] { try await client.list(Backup.self, in: namespace).items }

  func writeStatus(_ status: JSON, ofBackup name: String) async throws {
    _ = try await client.patch(Backup.resource, name, in: namespace, .merge(["status": status]), subresource: "status")
  }

  func deleteBackup(_ name: String) async throws {
    do { try await client.delete(Backup.resource, name, in: namespace) } catch let error as APIError
      where error.isNotFound
    { return }
  }

  func record(_ kind: EventKind, reason: String, message: String, about backup: Backup) {
    recorder.record(kind == .normal ? .normal : .warning, reason: reason, message: message, about: backup)
  }

  func follow(changed: @escaping @Sendable () -> Void) async {
    await withDiscardingTaskGroup { group in
      group.addTask { [clusters] in try? await clusters.run() }
      group.addTask { [clusters] in for await _ in clusters.changes() { changed() } }
      group.addTask { [recorder] in await recorder.run() }
      for await name in names.stream {
        group.addTask { await self.followSecret(name, changed: changed) }
      }
    }
  }

  /// Reads and watches one Secret by its name. A Role may allow `get` and `watch` of single Secrets; `list` it does not.
  private func followSecret(_ name: String, changed: @Sendable () -> Void) async {
    let backoff = Backoff(first: .milliseconds(200), limit: .seconds(30))
    var failures = 0
    while !Task.isCancelled {
      do {
        let secret = try await client.find(Secret.self, name, in: namespace)
        store(secret, as: name, changed: changed)
        let events = client.watch(
          Secret.self, in: namespace, fields: "metadata.name=\(name)", from: secret?.metadata.resourceVersion ?? "")
        for try await event in events {
          failures = 0
          switch event {
          case .added(let secret), .modified(let secret): store(secret, as: name, changed: changed)
          case .deleted: store(nil, as: name, changed: changed)
          case .bookmark: break
          }
        }
        failures = max(1, failures)
      } catch {
        failures += 1
        logger.debug("cannot watch a Secret", metadata: ["secret": "\(name)", "error": "\(error)"])
      }
      try? await Task.sleep(for: backoff.jitteredDelay(afterFailures: failures))
    }
  }

  private func store(_ secret: Secret?, as name: String, changed: () -> Void) {
    let isDifferent = followed.withLock { followed in
      defer { followed.secrets[name] = .some(secret) }
      return (followed.secrets[name] ?? nil)?.data != secret?.data
    }
    if isDifferent { changed() }
  }
}
