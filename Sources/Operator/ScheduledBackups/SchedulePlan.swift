import ClusterAPI
import Foundation
import Kubernetes

/// All that is looked at to decide about one ScheduledBackup.
struct ObservedSchedule: Sendable {
  let schedule: ScheduledBackup
  var cluster: Cluster?
  /// The Backups of its namespace.
  var backups: [Backup] = []
  let now: Date

  var status: ScheduledBackupStatus { schedule.status ?? ScheduledBackupStatus() }

  /// The Backups made by the schedule, or by an earlier one of its name.
  var children: [Backup] { backups.filter { $0.labels[Labels.scheduledBackup] == schedule.name } }
}

/// What a look at a ScheduledBackup comes to.
///
/// A slot of the schedule gives one Backup, whose name tells the slot: however often this is computed, and wherever the
/// operator was interrupted, there is never a second one. Slots that were missed give one Backup together.
struct SchedulePlan: Equatable {
  /// Made before the status is written.
  var creation: Backup?
  /// A merge patch of the status; nil where nothing changes.
  var statusChange: JSON?
  var events: [BackupEvent] = []
  /// After so long, should nothing that is watched change before.
  var recheck: Duration?

  /// A child that is not done is waited for.
  private static let pause = Duration.seconds(60)
  /// Longer waits are cut into pieces: the clock of the machine may be set in between.
  private static let longestWait: TimeInterval = 60

  /// - Parameter refusal: what validation says against it, where there was no webhook to say so.
  init(_ observed: ObservedSchedule, refusal: String? = nil) {
    let schedule = observed.schedule
    guard !schedule.isBeingDeleted else { return }
    if let refusal {
      // Nothing is done until it changes.
      change(observed) { $0.error = refusal }
      return
    }
    if schedule.spec.suspend == true {
      change(observed) { $0.error = nil }
      return
    }
    let cron: CronSchedule
    do {
      cron = try CronSchedule(schedule.spec.schedule)
    } catch {
      change(observed) { $0.error = error.message }
      return
    }
    guard let last = observed.status.lastCheckTime.flatMap(Timestamp.date) else {
      begin(observed, cron)
      return
    }
    guard let due = cron.next(after: last) else {
      noSchedule(observed)
      return
    }
    guard due <= observed.now else {
      // The schedule may have been changed.
      change(observed) {
        $0.nextScheduleTime = Timestamp.seconds(due)
        $0.error = nil
      }
      wait(until: due, observed)
      return
    }
    make(observed, cron, slot: due, isImmediate: false)
  }

  /// The first look. When it runs next is said from the first pass on: CloudNativePG says so only after the first backup,
  /// and people take an empty field for a schedule that does nothing.
  private mutating func begin(_ observed: ObservedSchedule, _ cron: CronSchedule) {
    guard let next = cron.next(after: observed.now) else {
      noSchedule(observed)
      return
    }
    let wasMade = observed.children.contains { $0.labels[Labels.immediateBackup] == "true" }
    if observed.schedule.spec.immediate == true, !wasMade {
      make(observed, cron, slot: observed.now, isImmediate: true)
      // While it has to wait for something.
      if statusChange == nil { change(observed) { $0.nextScheduleTime = Timestamp.seconds(next) } }
      return
    }
    change(observed) {
      $0.lastCheckTime = Timestamp.seconds(observed.now)
      $0.nextScheduleTime = Timestamp.seconds(next)
      $0.error = nil
    }
    events.append(
      BackupEvent(
        type: .normal, reason: BackupEventReason.schedule,
        message: "Scheduled first backup by \(Timestamp.seconds(next))"))
    wait(until: next, observed)
  }

  /// Makes the Backup of a slot, unless it is there or has to wait.
  private mutating func make(_ observed: ObservedSchedule, _ cron: CronSchedule, slot: Date, isImmediate: Bool) {
    let child = observed.child(at: slot, isImmediate: isImmediate)
    switch observed.backups.first(where: { $0.name == child.name }) {
    case let present? where observed.isOwn(present):
      break  // made before, and the status was not written any more
    case .some:
      events.append(
        BackupEvent(
          reason: BackupEventReason.adoptionRefused,
          message: "Backup \(child.name) exists and is not of this schedule: its slot is left out. Delete or rename it")
      )
      settle(observed, cron, slot: nil)
      return
    case nil:
      if let obstacle = obstacle(observed) {
        if let event = obstacle.event { events.append(event) }
        recheck = obstacle.recheck
        return
      }
      creation = child
      if isImmediate {
        events.append(
          BackupEvent(
            type: .normal, reason: BackupEventReason.schedule,
            message: "Scheduled immediate backup now: \(Timestamp.seconds(slot))"))
      }
    }
    settle(observed, cron, slot: slot)
  }

  /// Why no Backup is made now although it is due.
  private func obstacle(_ observed: ObservedSchedule) -> (event: BackupEvent?, recheck: Duration)? {
    if observed.children.contains(where: { !$0.isTerminal }) { return (nil, Self.pause) }
    let spec = observed.schedule.spec
    guard let cluster = observed.cluster else {
      let message = "Cluster \(spec.cluster.name) does not exist: the backup is made once it does"
      return (
        BackupEvent(type: .normal, reason: BackupEventReason.invalidCluster, message: message), .seconds(30)
      )
    }
    let isFirst = observed.status.lastCheckTime == nil
    if isFirst, spec.method == .volumeSnapshot, cluster.status?.phase != Phase.healthy {
      let message = "Waiting for cluster to be healthy, was \(quoted(cluster.status?.phase ?? ""))"
      return (BackupEvent(reason: BackupEventReason.clusterNotHealthy, message: message), .seconds(5))
    }
    return nil
  }

  /// Takes note that a slot is done with.
  ///
  /// - Parameter slot: nil for one that gave no Backup.
  private mutating func settle(_ observed: ObservedSchedule, _ cron: CronSchedule, slot: Date?) {
    let next = cron.next(after: observed.now)
    change(observed) {
      $0.lastCheckTime = Timestamp.seconds(observed.now)
      if let slot { $0.lastScheduleTime = Timestamp.seconds(slot) }
      $0.nextScheduleTime = next.map { Timestamp.seconds($0) }
      $0.error = nil
    }
    guard let next else {
      noSchedule(observed)
      return
    }
    events.append(
      BackupEvent(
        type: .normal, reason: BackupEventReason.schedule,
        message: "Next backup scheduled by \(Timestamp.seconds(next))"))
    wait(until: next, observed)
  }

  private mutating func noSchedule(_ observed: ObservedSchedule) {
    let message = "The schedule \(quoted(observed.schedule.spec.schedule)) is never due: no such day comes"
    if statusChange == nil {
      change(observed) {
        $0.nextScheduleTime = nil
        $0.error = message
      }
    }
    events.append(BackupEvent(reason: BackupEventReason.noSchedule, message: message))
  }

  private mutating func change(_ observed: ObservedSchedule, _ body: (inout ScheduledBackupStatus) -> Void) {
    var status = observed.status
    body(&status)
    guard let before = try? JSON(encoding: observed.status), let after = try? JSON(encoding: status) else { return }
    let difference = MergePatch.difference(from: before, to: after)
    statusChange = difference == [:] ? nil : difference
  }

  private mutating func wait(until date: Date, _ observed: ObservedSchedule) {
    // Rounded up: a look that comes a moment too early comes twice.
    let seconds = min(Self.longestWait, max(0, date.timeIntervalSince(observed.now)))
    recheck = .milliseconds(Int64((seconds * 1000).rounded(.up)))
  }

  private func quoted(_ text: String) -> String { JSON.string(text).text }
}
