import ClusterAPI
import Foundation
import Kubernetes

/// What `promote` comes to, decided from the Cluster as it is.
public enum Promotion: Sendable, Equatable {
  /// It is the primary, or is about to be.
  case unnecessary(String)
  /// The change of the status by which the instances hand over: they watch `targetPrimary`.
  case change(JSON)

  /// - Throws: ``ClusterProblem/notInitialized(_:)``: setting a target would interfere with the first primary's choice.
  public init(of instance: String, in cluster: Cluster, now: Date) throws(ClusterProblem) {
    let status = cluster.status ?? ClusterStatus()
    guard let current = status.currentPrimary, !current.isEmpty else {
      throw .notInitialized(ClusterReference(cluster.name, in: cluster.namespace))
    }
    if status.targetPrimary == instance {
      let isUnderWay = current == instance ? "" : ", as soon as \(current) has handed over"
      self = .unnecessary("\(instance) is already the primary node in the cluster\(isUnderWay)")
      return
    }
    var changed = status
    changed.setCondition(
      ConditionType.ready, false, reason: ConditionReason.clusterIsNotReady,
      message: ConditionMessage.clusterIsNotReady, now: Timestamp.seconds(now))
    let conditions = (try? JSON(encoding: changed.conditions ?? [])) ?? []
    self = .change([
      "targetPrimary": .string(instance), "targetPrimaryTimestamp": .string(Timestamp.microseconds(now)),
      "phase": .string(Phase.switchover), "phaseReason": "Switching over to \(instance)", "conditions": conditions,
    ])
  }
}
