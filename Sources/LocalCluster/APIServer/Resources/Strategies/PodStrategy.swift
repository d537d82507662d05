import Kubernetes

/// Pods: a scheduled pod does not change any more, but for a few fields.
struct PodStrategy: ResourceStrategy {
  func prepareForCreate(_ object: inout JSON) {
    object[path: ["spec"]] = object["spec"].map(PodDefaults.filled)
    object["status"] = ["phase": "Pending", "qosClass": .string(PodDefaults.qualityOfService(object["spec"] ?? [:]))]
  }

  func prepareForUpdate(_ object: inout JSON, old: JSON) {
    object["spec"] = object["spec"].map(PodDefaults.filled)
  }

  func validate(_ object: JSON) -> [FieldError] {
    PodSpecValidation.errors(object["spec"] ?? [:], "spec")
  }

  func validateUpdate(_ object: JSON, old: JSON) -> [FieldError] {
    guard Self.fixedPart(object) != Self.fixedPart(old) else { return [] }
    return [
      .forbidden(
        "spec",
        "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
          + "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
          + "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)")
    ]
  }

  /// What of a pod's spec never changes. The node is set once, through the `binding` subresource.
  private static func fixedPart(_ object: JSON) -> JSON {
    var spec = object["spec"] ?? [:]
    for field in ["activeDeadlineSeconds", "tolerations", "schedulingGates", "ephemeralContainers"] {
      spec[field] = nil
    }
    for list in ["containers", "initContainers"] {
      guard let containers = spec[list]?.arrayValue else { continue }
      spec[list] = .array(
        containers.map { container in
          var container = container
          container["image"] = nil
          return container
        })
    }
    return spec
  }
}

/// What the API server fills into a pod beyond the defaults that the schema declares, because it depends on other
/// fields (`SetDefaults_Container` and others in Kubernetes' `pkg/apis/core/v1/defaults.go`).
enum PodDefaults {
  static func filled(_ spec: JSON) -> JSON {
    var spec = spec
    for list in ["containers", "initContainers"] {
      guard let containers = spec[list]?.arrayValue else { continue }
      spec[list] = .array(containers.map(container))
    }
    // `serviceAccount` is the old name of the same field; clients still read it.
    let account = spec["serviceAccountName"] ?? spec["serviceAccount"]
    spec["serviceAccountName"] = account
    spec["serviceAccount"] = account
    return spec
  }

  private static func container(_ container: JSON) -> JSON {
    var container = container
    if container["imagePullPolicy"] == nil, let image = container["image"]?.stringValue {
      container["imagePullPolicy"] = isLatest(image) ? "Always" : "IfNotPresent"
    }
    if container["resources"] == nil { container["resources"] = [:] }
    // A limit without a request is the request too.
    for (name, limit) in container[path: ["resources", "limits"]]?.objectValue ?? [:]
    where container[path: ["resources", "requests", name]] == nil {
      container[path: ["resources", "requests", name]] = limit
    }
    return container
  }

  private static func isLatest(_ image: String) -> Bool {
    guard !image.contains("@") else { return false }
    let last = image.split(separator: "/").last ?? ""
    guard let colon = last.firstIndex(of: ":") else { return true }
    return last[last.index(after: colon)...] == "latest"
  }

  /// The quality of service class (https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/).
  static func qualityOfService(_ spec: JSON) -> String {
    let containers = (spec["containers"]?.arrayValue ?? []) + (spec["initContainers"]?.arrayValue ?? [])
    var isGuaranteed = !containers.isEmpty
    var hasAny = false
    for container in containers {
      for resource in ["cpu", "memory"] {
        let request = quantity(container[path: ["resources", "requests", resource]])
        let limit = quantity(container[path: ["resources", "limits", resource]])
        if request != nil || limit != nil { hasAny = true }
        if limit == nil || limit != (request ?? limit) { isGuaranteed = false }
      }
    }
    return isGuaranteed ? "Guaranteed" : hasAny ? "Burstable" : "BestEffort"
  }

  private static func quantity(_ value: JSON?) -> Quantity? {
    guard let text = value?.stringValue ?? value?.intValue.map(String.init) else { return nil }
    guard let quantity = try? Quantity(parsing: text), !quantity.isZero else { return nil }
    return quantity
  }
}
