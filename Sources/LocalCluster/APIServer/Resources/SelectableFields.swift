import Kubernetes

/// The fields that field selectors may name, by resource, as Kubernetes has them.
enum SelectableFields {
  private static let involvedObject = [
    "kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath",
  ]

  static let byResource: [String: [String]] = [
    "pods": [
      "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
      "status.phase", "status.podIP", "status.nominatedNodeName",
    ],
    "events": involvedObject.map { "involvedObject.\($0)" }
      + ["reason", "reportingComponent", "source", "type"],
    "nodes": ["spec.unschedulable"],
    "namespaces": ["status.phase"],
    "secrets": ["type"],
    "services": ["spec.clusterIP", "spec.type"],
    "jobs.batch": ["status.successful"],
    "replicasets.apps": ["status.replicas"],
  ]

  /// Where each selectable field of a resource stands.
  static func paths(_ storeName: String) -> [String: [String]] {
    Dictionary(
      (byResource[storeName] ?? []).map { ($0, $0.split(separator: ".").map(String.init)) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The values of an object's selectable fields.
  static func values(_ paths: [String: [String]], _ object: JSON) -> [String: String] {
    var values: [String: String] = [:]
    for (field, path) in paths {
      switch object[path: path] {
      case .string(let value)?: values[field] = value
      case .bool(let value)?: values[field] = value ? "true" : "false"
      case .int(let value)?: values[field] = String(value)
      default: break
      }
    }
    return values
  }
}
