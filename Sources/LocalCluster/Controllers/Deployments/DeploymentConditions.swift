import Foundation
import Kubernetes

/// A deployment's conditions, with Kubernetes' reasons and messages.
struct DeploymentConditions: Sendable {
  private(set) var all: [DeploymentCondition]
  private let now: Date

  init(_ conditions: [DeploymentCondition], now: Date) {
    all = conditions
    self.now = now
  }

  mutating func set(_ type: String, _ isTrue: Bool, reason: String, message: String, isUpdate: Bool = false) {
    let status = isTrue ? "True" : "False"
    let known = all.firstIndex { $0.type == type }
    if let known, all[known].status == status, all[known].reason == reason, !isUpdate { return }
    let since = known.flatMap { all[$0].status == status ? all[$0].lastTransitionTime : nil }
    let condition = DeploymentCondition.with {
      $0.type = type
      $0.status = status
      $0.reason = reason
      $0.message = message
      $0.lastUpdateTime = now.kubernetesTime
      $0.lastTransitionTime = since ?? now.kubernetesTime
    }
    if let known { all[known] = condition } else { all.append(condition) }
  }

  /// - Parameter set: the name of the current replica set.
  /// - Returns: when the deadline ends, while it counts.
  mutating func setProgress(
    of name: String, set: String?, before: DeploymentStatus, after: DeploymentStatus, isComplete: Bool, isNew: Bool,
    isPaused: Bool, deadline: TimeInterval
  ) -> Date? {
    let known = all.first { $0.type == "Progressing" }
    let subject = "ReplicaSet \"\(set ?? name)\""
    if isPaused {
      if known?.reason != "DeploymentPaused" {
        self.set("Progressing", true, reason: "DeploymentPaused", message: "Deployment is paused")
        all = all.map { condition in
          guard condition.type == "Progressing" else { return condition }
          var condition = condition
          condition.status = "Unknown"
          return condition
        }
      }
      return nil
    }
    if isComplete {
      self.set(
        "Progressing", true, reason: "NewReplicaSetAvailable", message: "\(subject) has successfully progressed.")
      return nil
    }
    if isNew {
      self.set(
        "Progressing", true, reason: "NewReplicaSetCreated", message: "Created new replica set \"\(set ?? name)\"",
        isUpdate: known?.reason != "NewReplicaSetCreated")
    } else if Self.progressed(before, after) || known == nil || known?.reason == "DeploymentPaused"
      || (known?.reason == "NewReplicaSetAvailable" && after.observedGeneration != before.observedGeneration)
    {
      self.set("Progressing", true, reason: "ReplicaSetUpdated", message: "\(subject) is progressing.", isUpdate: true)
    }
    guard let progress = all.first(where: { $0.type == "Progressing" }), progress.reason != "NewReplicaSetAvailable",
      progress.reason != "ProgressDeadlineExceeded", let last = Date(kubernetesTime: progress.lastUpdateTime)
    else { return nil }
    let end = last.addingTimeInterval(deadline)
    guard end <= now else { return end }
    self.set(
      "Progressing", false, reason: "ProgressDeadlineExceeded", message: "\(subject) has timed out progressing.")
    return nil
  }

  /// More new or working pods, or fewer old ones.
  private static func progressed(_ before: DeploymentStatus, _ after: DeploymentStatus) -> Bool {
    let old = { (status: DeploymentStatus) in (status.replicas ?? 0) - (status.updatedReplicas ?? 0) }
    return after.updatedReplicas ?? 0 > before.updatedReplicas ?? 0 || old(after) < old(before)
      || after.readyReplicas ?? 0 > before.readyReplicas ?? 0
      || after.availableReplicas ?? 0 > before.availableReplicas ?? 0
  }
}
