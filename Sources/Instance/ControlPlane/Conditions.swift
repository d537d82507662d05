import Kubernetes

/// Changes of a list of conditions.
enum Conditions {
  /// The list with one condition set, or nil when it says so already. The time of transition changes only with the
  /// status (Kubernetes API conventions).
  static func setting(
    _ type: String, status: Bool, reason: String, message: String, in conditions: [Condition], now: String
  ) -> [Condition]? {
    let text = status ? "True" : "False"
    let old = conditions.first { $0.type == type }
    if let old, old.status == text, old.reason == reason, old.message == message { return nil }
    let condition = Condition.with {
      $0.type = type
      $0.status = text
      $0.reason = reason
      $0.message = message
      $0.lastTransitionTime = old?.status == text ? old?.lastTransitionTime ?? now : now
    }
    guard let index = conditions.firstIndex(where: { $0.type == type }) else { return conditions + [condition] }
    var changed = conditions
    changed[index] = condition
    return changed
  }

  static func isTrue(_ type: String, in conditions: [Condition]?) -> Bool {
    conditions?.contains { $0.type == type && $0.status == "True" } ?? false
  }
}
