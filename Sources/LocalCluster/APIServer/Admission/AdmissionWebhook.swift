import Kubernetes

/// One webhook of either kind of configuration, and when it is asked.
struct AdmissionWebhook: Sendable {
  enum Operation: String, Sendable {
    case create = "CREATE"
    case update = "UPDATE"
    case delete = "DELETE"
  }

  var name: String
  var client: WebhookClientConfig
  var failsOpen: Bool
  var rules: [RuleWithOperations]
  var namespaceSelector: LabelSelector
  var objectSelector: LabelSelector
  var timeout: Int
  /// It may act on what it sees; a dry run must not reach it.
  var hasSideEffects: Bool

  init(_ webhook: MutatingWebhook) {
    name = webhook.name
    client = webhook.clientConfig
    failsOpen = webhook.failurePolicy == "Ignore"
    rules = webhook.rules ?? []
    namespaceSelector = webhook.namespaceSelector
    objectSelector = webhook.objectSelector
    timeout = webhook.timeoutSeconds
    hasSideEffects = !["None", "NoneOnDryRun"].contains(webhook.sideEffects)
  }

  init(_ webhook: ValidatingWebhook) {
    name = webhook.name
    client = webhook.clientConfig
    failsOpen = webhook.failurePolicy == "Ignore"
    rules = webhook.rules ?? []
    namespaceSelector = webhook.namespaceSelector
    objectSelector = webhook.objectSelector
    timeout = webhook.timeoutSeconds
    hasSideEffects = !["None", "NoneOnDryRun"].contains(webhook.sideEffects)
  }

  /// Whether it is asked about a request.
  ///
  /// - Parameter namespaceLabels: of the object's namespace; nil for an object of the cluster.
  func concerns(
    _ type: ResourceType, subresource: String?, operation: Operation, object: JSON?, old: JSON?,
    namespaceLabels: [String: String]?
  ) -> Bool {
    // A webhook must not be able to lock out whoever wants to repair it.
    guard type.group != "admissionregistration.k8s.io" else { return false }
    guard rules.contains(where: { matches($0, type, subresource: subresource, operation) }) else { return false }
    if let namespaceLabels, !namespaceSelector.matches(namespaceLabels) { return false }
    return [object, old].contains { $0.map { objectSelector.matches($0.labels) } ?? false }
  }

  private func matches(
    _ rule: RuleWithOperations, _ type: ResourceType, subresource: String?, _ operation: Operation
  ) -> Bool {
    func has(_ list: [String]?, _ value: String) -> Bool { list?.contains { $0 == "*" || $0 == value } ?? false }
    guard has(rule.operations, operation.rawValue), has(rule.apiGroups, type.group), has(rule.apiVersions, type.version)
    else { return false }
    if rule.scope == "Namespaced", !type.isNamespaced { return false }
    if rule.scope == "Cluster", type.isNamespaced { return false }
    return (rule.resources ?? []).contains { pattern in
      let parts = pattern.split(separator: "/", maxSplits: 1).map(String.init)
      guard parts.first == "*" || parts.first == type.plural else { return false }
      let wanted = parts.count > 1 ? parts[1] : nil
      return wanted == "*" || wanted == subresource
    }
  }
}
