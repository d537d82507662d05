import Foundation
import Kubernetes

/// The columns of what makes pods, and of what protects them.
enum WorkloadColumns {
  static let byResource: [String: [TableColumn]] = [
    "deployments.apps": [
      .name,
      TableColumn("Ready") { object, _ in
        .string("\(number(object, "status", "readyReplicas"))/\(number(object, "spec", "replicas"))")
      },
      numbers("Up-to-date", "status", "updatedReplicas"), numbers("Available", "status", "availableReplicas"), .age,
      containers("Containers", "name"), containers("Images", "image"), selector,
    ],
    "replicasets.apps": [
      .name, numbers("Desired", "spec", "replicas"), numbers("Current", "status", "replicas"),
      numbers("Ready", "status", "readyReplicas"), .age, containers("Containers", "name"),
      containers("Images", "image"), selector,
    ],
    "jobs.batch": [
      .name,
      TableColumn("Status") { job, _ in .string(jobStatus(job)) },
      TableColumn("Completions") { job, _ in
        let done = number(job, "status", "succeeded")
        guard let wanted = job[path: ["spec", "completions"]]?.intValue else { return .string("\(done)/1") }
        return .string("\(done)/\(wanted)")
      },
      TableColumn("Duration") { job, now in .string(jobDuration(job, now)) },
      .age, containers("Containers", "name"), containers("Images", "image"), selector,
    ],
    "poddisruptionbudgets.policy": [
      .name, bound("Min Available", "minAvailable"), bound("Max Unavailable", "maxUnavailable"),
      numbers("Allowed Disruptions", "status", "disruptionsAllowed"), .age,
    ],
  ]

  private static func number(_ object: JSON, _ path: String...) -> Int64 { object[path: path]?.intValue ?? 0 }

  private static func numbers(_ name: String, _ path: String...) -> TableColumn {
    TableColumn(name, type: "integer") { object, _ in .int(object[path: path]?.intValue ?? 0) }
  }

  private static func bound(_ name: String, _ field: String) -> TableColumn {
    TableColumn(name) { object, _ in
      switch object[path: ["spec", field]] {
      case .int(let value)?: .string(String(value))
      case .string(let value)?: .string(value)
      default: "N/A"
      }
    }
  }

  private static func containers(_ name: String, _ field: String) -> TableColumn {
    TableColumn(name, wide: true) { object, _ in
      let containers = object[path: ["spec", "template", "spec", "containers"]]?.arrayValue ?? []
      return .string(containers.compactMap { $0[field]?.stringValue }.joined(separator: ","))
    }
  }

  private static let selector = TableColumn("Selector", wide: true) { object, _ in
    .string(BuiltInColumns.labelText(object[path: ["spec", "selector", "matchLabels"]]))
  }

  private static func jobStatus(_ job: JSON) -> String {
    let conditions = job[path: ["status", "conditions"]]?.arrayValue ?? []
    func holds(_ type: JSON) -> Bool { conditions.contains { $0["type"] == type && $0["status"] == "True" } }
    if holds("Complete") { return "Complete" }
    if holds("Failed") { return "Failed" }
    if job.deletionTimestamp != nil { return "Terminating" }
    if holds("Suspended") { return "Suspended" }
    return holds("FailureTarget") ? "FailureTarget" : "Running"
  }

  private static func jobDuration(_ job: JSON, _ now: Date) -> String {
    guard let start = job[path: ["status", "startTime"]]?.stringValue.flatMap(Timestamp.date) else { return "" }
    let end = job[path: ["status", "completionTime"]]?.stringValue.flatMap(Timestamp.date) ?? now
    return HumanDuration.text(seconds: Int(end.timeIntervalSince(start)))
  }
}
