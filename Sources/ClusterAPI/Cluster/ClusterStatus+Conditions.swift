import Kubernetes

extension ClusterStatus {
  /// Whether there is a condition of that type, whatever it says.
  public func conditions(contain type: String) -> Bool { (conditions ?? []).contains { $0.type == type } }

  /// Sets a condition; the time changes only with the status.
  public mutating func setCondition(_ type: String, _ isTrue: Bool, reason: String, message: String, now: String) {
    var all = conditions ?? []
    let value = isTrue ? "True" : "False"
    let index = all.firstIndex { $0.type == type }
    var condition = index.map { all[$0] } ?? .with { $0.type = type }
    if condition.status != value || condition.lastTransitionTime.isEmpty { condition.lastTransitionTime = now }
    condition.status = value
    condition.reason = reason
    condition.message = message
    if let index { all[index] = condition } else { all.append(condition) }
    conditions = all
  }
}
