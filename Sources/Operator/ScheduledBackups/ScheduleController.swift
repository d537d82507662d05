import ClusterAPI
import Foundation
import Kubernetes
import Logging

/// Makes Backups by schedule.
struct ScheduleController: Sendable {
  let client: KubernetesClient
  let caches: ClusterCaches
  let settings: OperatorSettings
  let events: EventRecorder
  let logger: Logger
  var now: @Sendable () -> Date = { .now }

  /// One pass over one ScheduledBackup.
  ///
  /// - Returns: when to look again, should nothing happen before.
  func reconcile(_ key: ObjectKey) async throws -> Duration? {
    guard let schedule = caches.schedules.get(key) else { return nil }
    let observed = ObservedSchedule(
      schedule: schedule, cluster: caches.clusters.get(schedule.spec.cluster.name, in: key.namespace),
      backups: caches.backups.all(in: key.namespace), now: now())
    let json = try JSON(encoding: schedule)
    let verdict = Admission.validate(kind: ScheduledBackup.resource.kind, json, ValidationContext(settings))
    let plan = SchedulePlan(observed, refusal: verdict.statusMessage)
    // Once: its status says so from then on.
    if plan.statusChange != nil { verdict.log(to: logger, about: schedule) }
    if let backup = plan.creation { try await create(backup, schedule) }
    if let change = plan.statusChange {
      caches.schedules.observe(
        try await client.patch(
          ScheduledBackup.self, key.name, in: key.namespace,
          .merge([
            "metadata": ["resourceVersion": .string(schedule.metadata.resourceVersion ?? "")], "status": change,
          ]), subresource: "status"))
    }
    for event in plan.events {
      events.record(event.type, reason: event.reason, message: event.message, about: schedule)
    }
    return plan.recheck
  }

  private func create(_ backup: Backup, _ schedule: ScheduledBackup) async throws {
    do {
      caches.backups.observe(try await client.create(backup))
      logger.info("backup scheduled", metadata: ["schedule": "\(schedule.key)", "backup": "\(backup.name)"])
    } catch let error as APIError where error.isAlreadyExists {
      // The cache has not seen it yet; whose it is decides the next pass.
      caches.backups.observe(try await client.get(Backup.self, backup.name, in: backup.namespace))
      throw error
    } catch let error as APIError {
      events.record(
        .warning, reason: BackupEventReason.creation,
        message: "Backup \(backup.name) cannot be created: \(error.message)", about: schedule)
      throw error
    }
  }
}

extension ClusterCaches {
  /// Adds the key of the ScheduledBackup that a change concerns to the queue, until cancelled.
  func feedSchedules(_ queue: WorkQueue<ObjectKey>) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        for await change in schedules.changes() { await queue.add(change.key) }
      }
      group.addTask {
        for await change in backups.changes() {
          guard let name = change.object.labels[Labels.scheduledBackup] else { continue }
          await queue.add(ObjectKey(name, in: change.object.namespace))
        }
      }
      await group.waitForAll()
    }
  }
}
