import Kubernetes

/// The quality of service class that Kubernetes derives from a pod's requests and limits of CPU and memory
/// (https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/).
enum QualityOfService: String, Sendable {
  case guaranteed = "Guaranteed"
  case burstable = "Burstable"
  case bestEffort = "BestEffort"

  static func of(_ spec: PodSpec) -> Self {
    let containers = spec.containers + (spec.initContainers ?? [])
    let zero = Quantity(0)
    var hasAny = false
    var isGuaranteed = true
    for container in containers {
      for resource in ["cpu", "memory"] {
        let limit = container.resources?.limits?[resource]
        // The API server sets an absent request to the limit.
        let request = container.resources?.requests?[resource] ?? limit
        if let limit, limit > zero { hasAny = true }
        if let request, request > zero { hasAny = true }
        if limit == nil || limit == zero || request != limit { isGuaranteed = false }
      }
    }
    if !hasAny { return .bestEffort }
    return isGuaranteed ? .guaranteed : .burstable
  }
}
