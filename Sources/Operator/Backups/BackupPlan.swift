import ClusterAPI
import Foundation
import Kubernetes

/// One thing to do about a Backup.
enum BackupStep: Equatable {
  /// It is not its turn, or something is missing that may come.
  case wait
  /// It is given to an instance: first in the status, then to the instance itself.
  case start(on: BackupInstance)
  /// The instance is asked, once more, to carry it out. To do so twice is as good as once.
  case request(of: String)
  /// The instance is at work, and well.
  case watch
  /// The instance is gone: it goes back to where it began.
  case restart
  case fail(String)
  /// Nothing is done until somebody else changes it, which nobody can: its specification is immutable.
  case invalidate(String)
}

struct BackupEvent: Equatable {
  var type = EventRecorder.EventType.warning
  let reason: String
  let message: String
}

/// What a look at a Backup comes to: the next step, what a person has to know, when to look again.
///
/// At most one Backup of a Cluster is given to an instance at a time. Whatever happens to that instance, the Backup ends:
/// completed or failed by the instance, begun anew or failed here.
struct BackupPlan: Equatable {
  /// Nil for a Backup that nothing more becomes of.
  var step: BackupStep?
  var event: BackupEvent?
  /// After so long, should nothing that is watched change before.
  var recheck: Duration?

  private init(_ step: BackupStep, _ event: BackupEvent? = nil, recheck: Duration? = nil) {
    self.step = step
    self.event = event
    self.recheck = recheck
  }

  /// - Parameter refusal: what validation says against it, where there was no webhook to say so.
  init(_ observed: ObservedBackup, refusal: String? = nil) {
    if observed.backup.isTerminal || observed.backup.isBeingDeleted { return }
    if observed.backup.isInProgress {
      self = Self.supervise(observed)
    } else if let refusal {
      self = BackupPlan(
        .invalidate(refusal), BackupEvent(reason: BackupEventReason.invalid, message: refusal))
    } else {
      self = Self.begin(observed)
    }
  }

  // MARK: - Before it begins

  private static func begin(_ observed: ObservedBackup) -> BackupPlan {
    let backup = observed.backup
    let name = backup.spec.cluster.name
    guard let cluster = observed.cluster else {
      let message = "Unknown cluster \(name), will retry in 30 seconds"
      return BackupPlan(
        .wait, BackupEvent(reason: BackupEventReason.findingCluster, message: message), recheck: .seconds(30))
    }
    if let missing = BackupPrerequisite(backup, cluster) {
      return .failure(missing.message, reason: missing.reason)
    }
    guard observed.isNext else { return BackupPlan(.wait, recheck: .seconds(10)) }
    switch BackupTargetChoice(backup, cluster, observed.pods) {
    case .none:
      return BackupPlan(
        .wait,
        BackupEvent(
          reason: BackupEventReason.findingPod, message: "Cluster \(name) has no instance to take a backup from yet"),
        recheck: .seconds(30))
    case .notReady(let pod):
      return pending("Instance \(pod), which the backup is to be taken from, is not ready", recheck: .seconds(30))
    case .pod(let pod):
      guard let session = observed.report?.sessionID, let container = pod.runningContainerID else {
        return pending(
          "Instance \(pod.name), which the backup is to be taken from, does not answer", recheck: .seconds(5))
      }
      return BackupPlan(
        .start(
          on: .with {
            $0.podName = pod.name
            $0.ContainerID = container
            $0.sessionID = session
          }),
        BackupEvent(
          type: .normal, reason: BackupEventReason.starting, message: "Starting backup for cluster \(name)"),
        recheck: .seconds(5))
    }
  }

  private static func pending(_ message: String, recheck: Duration) -> BackupPlan {
    BackupPlan(.wait, BackupEvent(reason: BackupEventReason.pending, message: message), recheck: recheck)
  }

  private static func failure(_ message: String, reason: String) -> BackupPlan {
    BackupPlan(.fail(message), BackupEvent(reason: reason, message: message))
  }

  // MARK: - While an instance is at work on it

  /// How long an instance may be asked in vain.
  static let patience: TimeInterval = 600
  /// How long an archive may fail that the instance waits for. One Backup that never ends would hold up all others.
  static let archivePatience: TimeInterval = 3600
  /// Less is a probe that came late: the instance works hard at the moment.
  static let tolerance: TimeInterval = 60
  /// How soon an instance manager that lives on in the same container, under another session, is noticed. Everything else
  /// is watched.
  private static let supervision = Duration.seconds(5)

  private static func supervise(_ observed: ObservedBackup) -> BackupPlan {
    let name = observed.backup.spec.cluster.name
    guard observed.cluster != nil else {
      return .failure("Cluster \(name) was deleted during the backup", reason: BackupEventReason.abandoned)
    }
    let elected = observed.status.instanceID ?? BackupInstance()
    guard let pod = observed.electedPod, let podName = elected.podName else {
      let instance = elected.podName.map { "instance \($0)" } ?? "its instance"
      return BackupPlan(
        .restart,
        BackupEvent(
          type: .normal, reason: BackupEventReason.restarting,
          message: "Restarting backup for cluster \(name): \(instance) is gone"),
        recheck: .zero)
    }
    // It is being replaced, or taken away: it is waited for what becomes of it.
    if pod.isBeingDeleted { return BackupPlan(.watch, recheck: supervision) }
    let session = observed.report?.sessionID
    if pod.runningContainerID != elected.ContainerID || (session != nil && session != elected.sessionID) {
      return .failure(
        "The instance manager of \(podName) was restarted during the backup", reason: BackupEventReason.managerRestarted
      )
    }
    if let since = pod.notReadySince, observed.now.timeIntervalSince(since) > tolerance {
      return .failure(
        "Instance \(podName), which the backup is taken from, is not ready any more",
        reason: BackupEventReason.unhealthyPod)
    }
    switch observed.status.phase {
    case BackupPhase.started where observed.age > patience:
      return .failure(
        "Instance \(podName) did not begin with the backup in \(Int(patience / 60)) minutes: the events about it say why",
        reason: BackupEventReason.abandoned)
    case BackupPhase.walArchivingFailing where observed.age > archivePatience:
      return .failure(
        "Without its write-ahead log a backup cannot be restored, and archiving fails for too long: the condition "
          + "\(ConditionType.continuousArchiving) of cluster \(name) says why", reason: BackupEventReason.abandoned)
    case BackupPhase.started: return BackupPlan(.request(of: podName), recheck: supervision)
    // Should it have given up, it tries again.
    case BackupPhase.walArchivingFailing: return BackupPlan(.request(of: podName), recheck: .seconds(30))
    default: return BackupPlan(.watch, recheck: supervision)
    }
  }
}
