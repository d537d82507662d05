import Kubernetes

/// Configurations of admission webhooks: says what of them is not acted on.
struct WebhookConfigurationStrategy: ResourceStrategy {
  func warnings(_ object: JSON) -> [String] {
    (object["webhooks"]?.arrayValue ?? []).enumerated().flatMap { index, webhook in
      var fields: [String] = []
      if !(webhook["matchConditions"]?.arrayValue ?? []).isEmpty { fields.append("matchConditions") }
      if webhook["reinvocationPolicy"] == "IfNeeded" { fields.append("reinvocationPolicy") }
      return fields.map { "webhooks[\(index)].\($0): not supported here and not acted on" }
    }
  }
}
