import ClusterAPI
import Foundation
import Kubernetes
import Logging

/// Sees every Backup to its end: gives it to an instance, which makes it, and watches over that instance.
///
/// A key is a Cluster's: all its Backups are looked at together and one after the other, so that two of them are never
/// begun at the same time.
struct BackupController: Sendable {
  let client: KubernetesClient
  let caches: ClusterCaches
  let settings: OperatorSettings
  let instances: InstanceClient
  let events: EventRecorder
  let logger: Logger

  /// One pass over the Backups of one Cluster, which need not exist.
  ///
  /// - Returns: when to look again, should nothing happen before.
  func reconcile(_ key: ObjectKey) async throws -> Duration? {
    let names = backups(of: key).filter { !$0.isTerminal && !$0.isBeingDeleted }
      .sorted { $0.isOlder(than: $1) }.map(\.key)
    var recheck: Duration?
    var failure: (any Error)?
    for name in names {
      // One step may have changed what the next has to see.
      guard let backup = caches.backups.get(name) else { continue }
      do {
        guard let again = try await advance(backup, of: key) else { continue }
        recheck = min(recheck ?? again, again)
      } catch {
        // The others need not wait for it.
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
    return recheck
  }

  private func backups(of cluster: ObjectKey) -> [Backup] {
    caches.backups.all(in: cluster.namespace).filter { $0.spec.cluster.name == cluster.name }
  }

  private func advance(_ backup: Backup, of key: ObjectKey) async throws -> Duration? {
    let cluster = caches.clusters.get(key).flatMap { $0.isBeingDeleted ? nil : $0 }
    var observed = ObservedBackup(
      backup: backup, cluster: cluster, others: backups(of: key).filter { $0.uid != backup.uid },
      pods: cluster.map { cluster in
        caches.pods.all(in: key.namespace).filter { $0.isOwned(by: cluster) }
      } ?? [])
    let authority = cluster.flatMap(authority)
    if let pod = observed.podToAsk, let authority {
      observed.report = await instances.report(of: pod, authorityPEM: authority)
    }
    observed.now = .now
    let plan = BackupPlan(observed, refusal: refusal(of: backup))
    // Said of the Cluster first: the Backup's own end is what keeps this from being done again.
    if case .fail(let error) = plan.step, let cluster { try await noteFailure(error, on: cluster, at: observed.now) }
    if let change = plan.statusChange(observed) { try await patch(backup, change) }
    if let event = plan.event {
      events.record(event.type, reason: event.reason, message: event.message, about: backup)
      if plan.step != .wait {
        logger.info("\(event.message)", metadata: ["backup": "\(backup.key)", "reason": "\(event.reason)"])
      }
    }
    switch plan.step {
    case .start(let instance):
      try await request(backup, of: instance.podName ?? "", authority)
    case .request(let pod): try await request(backup, of: pod, authority)
    default: break
    }
    return plan.recheck
  }

  private func authority(of cluster: Cluster) -> String? {
    caches.secrets.get(cluster.serverAuthoritySecretName, in: cluster.namespace)?.text("ca.crt")
  }

  /// Webhooks may be missing or switched off.
  private func refusal(of backup: Backup) -> String? {
    guard !backup.isInProgress, let json = try? JSON(encoding: backup) else { return nil }
    let verdict = Admission.validate(kind: Backup.resource.kind, json, ValidationContext(settings))
    verdict.log(to: logger, about: backup)
    return verdict.statusMessage
  }

  /// Asks the instance to carry the Backup out.
  private func request(_ backup: Backup, of podName: String, _ authority: String?) async throws {
    guard let authority, let pod = caches.pods.get(podName, in: backup.namespace) else { return }
    // The instance may have begun, and even ended, since the cache heard of it.
    let current = try await client.get(Backup.self, backup.name, in: backup.namespace)
    caches.backups.observe(current)
    guard current.uid == backup.uid, current.status?.instanceID?.podName == podName,
      [BackupPhase.started, BackupPhase.walArchivingFailing].contains(current.status?.phase ?? "")
    else { return }
    switch await instances.requestBackup(backup.name, of: pod, authorityPEM: authority) {
    case .accepted: logger.debug("backup accepted", metadata: ["backup": "\(backup.key)", "instance": "\(podName)"])
    case .busy(let reason):
      say(reason, about: current, podName)
      // It is no reason to lose patience. The clock is set now and then, not in each pass.
      guard ObservedBackup(backup: current).age > BackupPlan.patience / 2 else { return }
      try await patch(current, ["reconciliationStartedAt": .string(Timestamp.seconds())])
    case .refused(let reason): say(reason, about: current, podName)
    }
  }

  private func say(_ reason: String, about backup: Backup, _ instance: String) {
    events.record(
      .warning, reason: BackupEventReason.pending, message: "Instance \(instance) does not begin yet: \(reason)",
      about: backup)
    logger.warning(
      "an instance does not begin with a backup",
      metadata: ["backup": "\(backup.key)", "instance": "\(instance)", "reason": "\(reason)"])
  }

  // MARK: - Writing

  private func patch(_ backup: Backup, _ change: JSON) async throws {
    caches.backups.observe(
      try await client.patch(
        Backup.self, backup.name, in: backup.namespace,
        .merge([
          "metadata": ["resourceVersion": .string(backup.metadata.resourceVersion ?? "")], "status": change,
        ]), subresource: "status"))
  }

  /// Instances write to the same status: the patch names the version it was computed from.
  private func noteFailure(_ error: String, on cluster: Cluster, at now: Date) async throws {
    let current = try await client.get(Cluster.self, cluster.name, in: cluster.namespace)
    guard current.uid == cluster.uid else { return }
    var status = current.status ?? ClusterStatus()
    status.noteFailedBackup(error, now: now)
    let change = MergePatch.difference(
      from: try JSON(encoding: current.status ?? ClusterStatus()), to: try JSON(encoding: status))
    caches.clusters.observe(
      try await client.patch(
        Cluster.self, cluster.name, in: cluster.namespace,
        .merge([
          "metadata": ["resourceVersion": .string(current.metadata.resourceVersion ?? "")], "status": change,
        ]), subresource: "status"))
  }
}

extension ClusterCaches {
  /// Adds the key of the Cluster whose Backups a change concerns to the queue, until cancelled.
  func feedBackups(_ queue: WorkQueue<ObjectKey>) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        for await change in backups.changes() { await queue.add(change.object.clusterKey) }
      }
      group.addTask {
        for await change in clusters.changes() where hasOpenBackups(change.key) { await queue.add(change.key) }
      }
      group.addTask {
        for await change in pods.changes() {
          if let key = change.object.ownerKey, hasOpenBackups(key) { await queue.add(key) }
        }
      }
      await group.waitForAll()
    }
  }

  private func hasOpenBackups(_ cluster: ObjectKey) -> Bool {
    backups.all(in: cluster.namespace).contains { $0.clusterKey == cluster && !$0.isTerminal }
  }
}

extension Backup {
  fileprivate var clusterKey: ObjectKey { ObjectKey(spec.cluster.name, in: namespace) }
}
