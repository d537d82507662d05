import Foundation
import Kubernetes

/// The next step of a job.
///
/// A pod that ended is counted exactly once: its uid is noted in `status.uncountedTerminatedPods`; once that is written
/// its finalizer goes; and once the finalizer is gone the uid becomes part of the number. A crash between any two steps
/// repeats a step and changes no number.
struct JobPlan: Sendable {
  static let finalizer = "batch.kubernetes.io/job-tracking"

  private(set) var status: JobStatus
  private(set) var create = 0
  private(set) var delete: [Pod] = []
  /// Pods whose finalizer may go, because they are noted in the status already.
  private(set) var release: [Pod] = []
  private(set) var recheck: Date?
  /// The job's time to live is over.
  private(set) var deleteJob = false

  init(_ job: Job, pods: [Pod], now: Date) {
    let spec = job.spec ?? JobSpec()
    let own = pods.filter { $0.namespace == job.namespace && $0.controllerReference?.uid == job.uid }
    status = job.status ?? JobStatus()
    var noted = Noted(status.uncountedTerminatedPods)
    release = own.filter { noted.contains($0.uid) && $0.isTracked }
    // The status that is read here holds what was written before; only that may be released and then counted.
    let stillTracked = Set(own.filter(\.isTracked).map(\.uid))
    let (succeededNow, failedNow) = noted.flush { !stillTracked.contains($0) }
    status.succeeded = (status.succeeded ?? 0) + succeededNow
    status.failed = (status.failed ?? 0) + failedNow
    for pod in own where pod.isTracked && !noted.contains(pod.uid) {
      if pod.status?.phase == "Succeeded" {
        noted.succeeded.append(pod.uid)
      } else if pod.status?.phase == "Failed" {
        noted.failed.append(pod.uid)
      } else if pod.isBeingDeleted, pod.spec?.nodeName?.isEmpty ?? true {
        // Nobody will ever run it, and its finalizer is all that keeps it.
        noted.failed.append(pod.uid)
      }
    }
    status.uncountedTerminatedPods = noted.json
    let succeeded = (status.succeeded ?? 0) + noted.succeeded.count
    let failed = (status.failed ?? 0) + noted.failed.count
    let active = own.filter { !$0.hasEnded && !$0.isBeingDeleted }
    let terminating = own.filter { !$0.hasEnded && $0.isBeingDeleted }.count
    status.active = active.count
    status.ready = active.count(where: \.isReady)
    status.terminating = terminating

    if job.isFinished {
      delete = active
      planTimeToLive(job, now: now)
      return
    }
    guard !job.isBeingDeleted else { return }
    var conditions = JobConditions(status.conditions ?? [], now: now)
    defer { status.conditions = conditions.all }
    if spec.completionMode == "Indexed" {
      conditions.set(
        "Failed", true, reason: "UnsupportedCompletionMode",
        message: "completionMode Indexed is not supported here; use NonIndexed")
      return
    }
    if spec.suspend {
      conditions.set("Suspended", true, reason: "JobSuspended", message: "Job suspended")
      status.startTime = nil
      delete = active
      return
    }
    if conditions.isTrue("Suspended") {
      conditions.set("Suspended", false, reason: "JobResumed", message: "Job resumed")
    }
    let start = Date(kubernetesTime: status.startTime) ?? now
    if status.startTime == nil { status.startTime = now.kubernetesTime }

    let restarts = spec.template.spec?.restartPolicy == "OnFailure" ? active.reduce(0) { $0 + $1.restarts } : 0
    let deadline = spec.activeDeadlineSeconds.map { start.addingTimeInterval(TimeInterval($0)) }
    if failed > spec.backoffLimit || restarts > spec.backoffLimit {
      conditions.set(
        "Failed", true, reason: "BackoffLimitExceeded",
        message: "Job has reached the specified backoff limit")
      delete = active
      return
    }
    if let deadline, deadline <= now {
      conditions.set(
        "Failed", true, reason: "DeadlineExceeded", message: "Job was active longer than specified deadline")
      delete = active
      return
    }
    recheck = deadline
    let isComplete = spec.completions.map { succeeded >= $0 } ?? (succeeded > 0 && active.isEmpty)
    if isComplete {
      conditions.set(
        "SuccessCriteriaMet", true, reason: "CompletionsReached",
        message: "Reached expected number of succeeded pods")
      conditions.set(
        "Complete", true, reason: "CompletionsReached", message: "Reached expected number of succeeded pods")
      status.completionTime = now.kubernetesTime
      delete = active
      return
    }
    planPods(spec, active: active, succeeded: succeeded, failed: failed, ended: own.filter(\.hasEnded), now: now)
  }

  private mutating func planPods(
    _ spec: JobSpec, active: [Pod], succeeded: Int, failed: Int, ended: [Pod], now: Date
  ) {
    let wanted: Int
    if let completions = spec.completions {
      wanted = min(spec.parallelism, completions - succeeded)
    } else {
      // A work queue: the first success says that the work is done, and no new pod starts.
      wanted = succeeded > 0 ? active.count : spec.parallelism
    }
    if active.count > wanted {
      delete = Array(
        active.sorted { ($0.isReady ? 1 : 0, $0.name) < ($1.isReady ? 1 : 0, $1.name) }
          .prefix(active.count - wanted))
    }
    guard active.count < wanted else { return }
    // 10 s, 20 s, 40 s, … up to six minutes after the last failure.
    if failed > 0, let last = ended.filter({ $0.status?.phase == "Failed" }).compactMap(\.finishedAt).max() {
      let pause = min(360, 10 * pow(2, Double(min(failed, 10) - 1)))
      let next = last.addingTimeInterval(pause)
      if next > now {
        recheck = recheck.map { min($0, next) } ?? next
        return
      }
    }
    create = min(wanted - active.count, ReplicaSetPlan.burst)
  }

  private mutating func planTimeToLive(_ job: Job, now: Date) {
    guard let seconds = job.spec?.ttlSecondsAfterFinished, !job.isBeingDeleted,
      let finished = job.status?.conditions?.first(where: {
        $0.status == "True" && ["Complete", "Failed"].contains($0.type)
      }),
      let since = Date(kubernetesTime: finished.lastTransitionTime)
    else { return }
    let end = since.addingTimeInterval(TimeInterval(seconds))
    if end <= now { deleteJob = true } else { recheck = end }
  }

  /// `status.uncountedTerminatedPods`.
  private struct Noted {
    var succeeded: [String]
    var failed: [String]

    init(_ json: JSON?) {
      succeeded = json?["succeeded"]?.arrayValue?.compactMap(\.stringValue) ?? []
      failed = json?["failed"]?.arrayValue?.compactMap(\.stringValue) ?? []
    }

    func contains(_ uid: String) -> Bool { succeeded.contains(uid) || failed.contains(uid) }

    /// Removes those that are done with, and says how many they were.
    mutating func flush(_ isDone: (String) -> Bool) -> (succeeded: Int, failed: Int) {
      let counts = (succeeded.count(where: isDone), failed.count(where: isDone))
      succeeded.removeAll(where: isDone)
      failed.removeAll(where: isDone)
      return counts
    }

    var json: JSON? {
      guard !succeeded.isEmpty || !failed.isEmpty else { return nil }
      return ["succeeded": .array(succeeded.map(JSON.string)), "failed": .array(failed.map(JSON.string))]
    }
  }
}

extension Job {
  var isFinished: Bool {
    status?.conditions?.contains { ["Complete", "Failed"].contains($0.type) && $0.status == "True" } ?? false
  }
}

extension Pod {
  fileprivate var isTracked: Bool { metadata.finalizers?.contains(JobPlan.finalizer) ?? false }
  fileprivate var restarts: Int { (status?.containerStatuses ?? []).reduce(0) { $0 + $1.restartCount } }
  fileprivate var finishedAt: Date? {
    (status?.containerStatuses ?? []).compactMap { Date(kubernetesTime: $0.state?.terminated?.finishedAt) }.max()
  }
}

/// A job's conditions.
struct JobConditions: Sendable {
  private(set) var all: [JobCondition]
  private let now: Date

  init(_ conditions: [JobCondition], now: Date) {
    all = conditions
    self.now = now
  }

  func isTrue(_ type: String) -> Bool { all.contains { $0.type == type && $0.status == "True" } }

  mutating func set(_ type: String, _ isTrue: Bool, reason: String, message: String) {
    let status = isTrue ? "True" : "False"
    if all.contains(where: { $0.type == type && $0.status == status }) { return }
    all.removeAll { $0.type == type }
    all.append(
      .with {
        $0.type = type
        $0.status = status
        $0.reason = reason
        $0.message = message
        $0.lastProbeTime = now.kubernetesTime
        $0.lastTransitionTime = now.kubernetesTime
      })
  }
}
