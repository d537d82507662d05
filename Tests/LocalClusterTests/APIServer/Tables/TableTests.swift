import Foundation
import Kubernetes
import Testing

@testable import LocalCluster

@Suite("What kubectl get prints")
struct TableTests {
  @Test(
    "has ages as people know them",
    arguments: [
      (0, "0s"), (119, "119s"), (120, "2m"), (125, "2m5s"), (600, "10m"), (3 * 3600 - 1, "179m"), (3 * 3600, "3h"),
      (3 * 3600 + 60, "3h1m"), (8 * 3600, "8h"), (47 * 3600, "47h"), (48 * 3600, "2d"), (49 * 3600, "2d1h"),
      (8 * 86400, "8d"), (729 * 86400, "729d"), (730 * 86400, "2y"), (731 * 86400, "2y1d"), (-5, "<invalid>"),
    ])
  func ages(seconds: Int, text: String) {
    #expect(HumanDuration.text(seconds: seconds) == text)
  }

  private func cells(_ pod: JSON) -> [String] {
    PodColumns.columns.prefix(4).map { $0.value(pod, .now).stringValue ?? "" }
  }

  private func pod(_ status: JSON, deleted: Bool = false) -> JSON {
    var pod: JSON = [
      "metadata": ["name": "p"], "spec": ["containers": [["name": "a"], ["name": "b"]]], "status": status,
    ]
    if deleted { pod[path: ["metadata", "deletionTimestamp"]] = "2026-01-01T00:00:00Z" }
    return pod
  }

  @Test("has the status of a pod as its users know it")
  func pods() {
    let running: JSON = ["name": "a", "ready": true, "restartCount": 1, "state": ["running": [:]]]
    let looping: JSON = [
      "name": "b", "ready": false, "restartCount": 2, "state": ["waiting": ["reason": "CrashLoopBackOff"]],
    ]
    let status: JSON = ["phase": "Running", "containerStatuses": [running, looping]]
    #expect(cells(pod(["phase": "Pending"])) == ["p", "0/2", "Pending", "0"])
    #expect(cells(pod(status)) == ["p", "1/2", "CrashLoopBackOff", "3"])
    #expect(cells(pod(status, deleted: true)) == ["p", "1/2", "Terminating", "3"])
    let failed: JSON = ["name": "a", "restartCount": 0, "state": ["terminated": ["exitCode": 3]]]
    #expect(cells(pod(["phase": "Failed", "containerStatuses": [failed]])) == ["p", "0/2", "ExitCode:3", "0"])
    let waiting: JSON = ["name": "i", "state": ["running": [:]]]
    var starting = pod(["phase": "Pending", "initContainerStatuses": [waiting]])
    starting[path: ["spec", "initContainers"]] = [["name": "i"]]
    #expect(cells(starting) == ["p", "0/2", "Init:0/1", "0"])
  }

  private let object: JSON = [
    "spec": ["size": 3, "names": ["a", "b"]],
    "status": ["conditions": [["type": "Ready", "status": "True"], ["type": "Other", "status": "False"]]],
    "metadata": ["labels": ["a.b/c": "d"]],
  ]

  @Test(
    "follows the paths of printer columns",
    arguments: [
      (".spec.size", [3]), (".spec.names[1]", ["b"]), (".spec.names[*]", ["a", "b"]), (".spec.names[-1]", ["b"]),
      (#".status.conditions[?(@.type=="Ready")].status"#, ["True"]),
      (".status.conditions[?(@.type=='None')].status", []), (#".metadata.labels.a\.b/c"#, ["d"]),
      (".metadata.labels['a.b/c']", ["d"]), ("{.spec.size}", [3]), (".none.at.all", []),
    ] as [(String, [JSON])])
  func paths(path: String, values: [JSON]) throws {
    #expect(try JSONPath(path).values(in: object) == values)
  }

  @Test("refuses paths of other forms", arguments: ["spec", ".spec[", ".spec[?(@.a>3)]", "..size", ".a[b]"])
  func refusedPaths(path: String) {
    #expect(throws: JSONPath.Failure.self) { try JSONPath(path) }
  }
}
