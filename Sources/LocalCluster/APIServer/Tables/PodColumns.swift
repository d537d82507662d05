import Foundation
import Kubernetes

/// The columns of pods, with the STATUS that kubectl's users know (`printPod` in Kubernetes'
/// `pkg/printers/internalversion`).
enum PodColumns {
  static let columns: [TableColumn] = [
    .name,
    TableColumn("Ready") { pod, _ in .string(summary(pod).ready) },
    TableColumn("Status") { pod, _ in .string(summary(pod).reason) },
    TableColumn("Restarts") { pod, now in .string(restarts(pod, now)) },
    .age,
    .text("IP", "status", "podIP", wide: true, fallback: "<none>"),
    .text("Node", "spec", "nodeName", wide: true, fallback: "<none>"),
    .text("Nominated Node", "status", "nominatedNodeName", wide: true, fallback: "<none>"),
    TableColumn("Readiness Gates", wide: true) { pod, _ in .string(gates(pod)) },
  ]

  private static func statuses(_ pod: JSON, _ list: String) -> [JSON] {
    pod[path: ["status", list]]?.arrayValue ?? []
  }

  private static func gates(_ pod: JSON) -> String {
    let gates = pod[path: ["spec", "readinessGates"]]?.arrayValue ?? []
    guard !gates.isEmpty else { return "<none>" }
    let met = gates.filter { gate in
      (pod[path: ["status", "conditions"]]?.arrayValue ?? []).contains {
        $0["type"] == gate["conditionType"] && $0["status"] == "True"
      }
    }
    return "\(met.count)/\(gates.count)"
  }

  private static func summary(_ pod: JSON) -> (ready: String, reason: String) {
    let total = (pod[path: ["spec", "containers"]]?.arrayValue ?? []).count
    var reason = pod[path: ["status", "phase"]]?.stringValue ?? ""
    if let own = pod[path: ["status", "reason"]]?.stringValue, !own.isEmpty { reason = own }
    if isGated(pod) { reason = "SchedulingGated" }
    var ready = 0
    let initial = initReason(pod)
    if let initial {
      reason = initial
    } else {
      var isRunning = false
      for status in statuses(pod, "containerStatuses").reversed() {
        let isReady = status["ready"] == true && status[path: ["state", "running"]] != nil
        if let text = containerReason(status) { reason = text } else if isReady { isRunning = true }
        if isReady { ready += 1 }
      }
      if reason == "Completed", isRunning { reason = isPodReady(pod) ? "Running" : "NotReady" }
    }
    if pod.deletionTimestamp != nil {
      let isLost = pod[path: ["status", "reason"]] == "NodeLost"
      let isOver = ["Succeeded", "Failed"].contains(pod[path: ["status", "phase"]]?.stringValue ?? "")
      reason = isLost ? "Unknown" : isOver ? reason : "Terminating"
    }
    return ("\(ready)/\(total)", reason)
  }

  private static func isGated(_ pod: JSON) -> Bool {
    (pod[path: ["status", "conditions"]]?.arrayValue ?? []).contains {
      $0["type"] == "PodScheduled" && $0["reason"] == "SchedulingGated"
    }
  }

  private static func isPodReady(_ pod: JSON) -> Bool {
    (pod[path: ["status", "conditions"]]?.arrayValue ?? []).contains { $0["type"] == "Ready" && $0["status"] == "True" }
  }

  /// Why a container is not simply running.
  private static func containerReason(_ status: JSON) -> String? {
    if let reason = status[path: ["state", "waiting", "reason"]]?.stringValue, !reason.isEmpty { return reason }
    guard let ended = status[path: ["state", "terminated"]] else { return nil }
    if let reason = ended["reason"]?.stringValue, !reason.isEmpty { return reason }
    if let signal = ended["signal"]?.intValue, signal != 0 { return "Signal:\(signal)" }
    return "ExitCode:\(ended["exitCode"]?.intValue ?? 0)"
  }

  /// `Init:0/2` and the like while init containers have not all succeeded.
  private static func initReason(_ pod: JSON) -> String? {
    let total = (pod[path: ["spec", "initContainers"]]?.arrayValue ?? []).count
    for (index, status) in statuses(pod, "initContainerStatuses").enumerated() {
      if let ended = status[path: ["state", "terminated"]] {
        if ended["exitCode"] == 0 { continue }
        return "Init:\(containerReason(status) ?? "Error")"
      }
      if status["started"] == true, isRestartable(pod, status["name"]) { continue }
      if let waiting = status[path: ["state", "waiting", "reason"]]?.stringValue, !waiting.isEmpty,
        waiting != "PodInitializing"
      {
        return "Init:\(waiting)"
      }
      return "Init:\(index)/\(total)"
    }
    return nil
  }

  private static func isRestartable(_ pod: JSON, _ name: JSON?) -> Bool {
    (pod[path: ["spec", "initContainers"]]?.arrayValue ?? []).contains {
      $0["name"] == name && $0["restartPolicy"] == "Always"
    }
  }

  private static func restarts(_ pod: JSON, _ now: Date) -> String {
    let all =
      statuses(pod, "containerStatuses") + (initReason(pod) == nil ? [] : statuses(pod, "initContainerStatuses"))
    let count = all.reduce(0) { $0 + ($1["restartCount"]?.intValue ?? 0) }
    let latest = all.compactMap { status in
      status[path: ["lastState", "terminated", "finishedAt"]]?.stringValue.flatMap(Timestamp.date)
    }.max()
    guard count > 0, let latest else { return "\(count)" }
    return "\(count) (\(HumanDuration.text(seconds: Int(now.timeIntervalSince(latest)))) ago)"
  }
}
