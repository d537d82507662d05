import Kubernetes

/// A column that `kubectl get` shows.
struct PrinterColumn {
  let name: String
  let type: String
  let path: String
  var description: String?
  /// Shown by `-o wide` only.
  var isWide = false

  var json: JSON {
    var column: JSON = ["name": .string(name), "type": .string(type), "jsonPath": .string(path)]
    if let description { column["description"] = .string(description) }
    if isWide { column["priority"] = 1 }
    return column
  }

  private static let age = PrinterColumn(name: "Age", type: "date", path: ".metadata.creationTimestamp")
  private static let cluster = PrinterColumn(name: "Cluster", type: "string", path: ".spec.cluster.name")
  private static let insidePostgres = [
    age, cluster,
    PrinterColumn(name: "PG Name", type: "string", path: ".spec.name"),
    PrinterColumn(name: "Applied", type: "boolean", path: ".status.applied"),
    PrinterColumn(name: "Message", type: "string", path: ".status.message", description: "What went wrong"),
  ]

  /// The columns of a kind, in the order they are shown.
  static func columns(of kind: String) -> [PrinterColumn] {
    switch kind {
    case "Cluster":
      [
        age,
        PrinterColumn(
          name: "Instances", type: "integer", path: ".status.instances", description: "Number of instances"),
        PrinterColumn(
          name: "Ready", type: "integer", path: ".status.readyInstances", description: "Number of ready instances"),
        PrinterColumn(name: "Status", type: "string", path: ".status.phase", description: "What is being done"),
        PrinterColumn(name: "Primary", type: "string", path: ".status.currentPrimary", description: "Primary instance"),
        PrinterColumn(
          name: "SyncTopology", type: "string",
          path: ".status.conditions[?(@.type=='\(ConditionType.syncTopology)')].reason",
          description: "Whether failure domains are as asked for", isWide: true),
      ]
    case "Backup":
      [
        age, cluster,
        PrinterColumn(name: "Method", type: "string", path: ".spec.method"),
        PrinterColumn(name: "Phase", type: "string", path: ".status.phase"),
        PrinterColumn(name: "Error", type: "string", path: ".status.error"),
      ]
    case "ScheduledBackup":
      [age, cluster, PrinterColumn(name: "Last Backup", type: "date", path: ".status.lastScheduleTime")]
    case "Pooler":
      [
        age, cluster,
        PrinterColumn(name: "Type", type: "string", path: ".spec.type"),
        PrinterColumn(name: "Phase", type: "string", path: ".status.phase"),
      ]
    case "Database", "DatabaseRole", "Publication", "Subscription": insidePostgres
    default: [age]
    }
  }
}
