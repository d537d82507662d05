import ClusterAPI
import Foundation
import Kubernetes

@testable import Plugin

/// A cluster of three, `demo` in namespace `db`, as `status` finds it.
struct Herd {
  var cluster: JSON = [
    "apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster",
    "metadata": ["name": "demo", "namespace": "db", "uid": "u"],
    "spec": ["instances": 3],
    "status": [
      "instances": 3, "readyInstances": 3, "instanceNames": ["demo-1", "demo-2", "demo-3"],
      "image": "ghcr.io/cloudnative-pg/postgresql:17", "phase": "Cluster in healthy state",
      "currentPrimary": "demo-1", "targetPrimary": "demo-1",
      "currentPrimaryTimestamp": "2026-09-21T13:13:20.250000Z",
      "certificates": [
        "expirations": [
          "demo-ca": "2026-12-20 14:13:20 +0000 UTC", "demo-server": "2026-09-25 14:13:20 +0000 UTC",
          "demo-replication": "2026-09-20 14:13:20 +0000 UTC",
        ]
      ],
    ],
  ]
  var documents: [String: JSON]
  var failures: [String: (String, String)] = [:]
  var budgets: [PodDisruptionBudget] = []
  var openBackups: [Backup] = []
  var configuration: String?
  var accessRules: String?
  var problems: [String] = []
  var size: Int64? = 131_500_000

  init() {
    let streams = [("demo-2", "0/604DE38", 0), ("demo-3", "0/604DD00", 1)].map { name, lsn, lag -> JSON in
      [
        "applicationName": .string(name), "state": "streaming", "sentLsn": "0/604DE38", "writeLsn": .string(lsn),
        "flushLsn": .string(lsn), "replayLsn": .string(lsn), "writeLag": "00:00:00", "flushLag": "00:00:00",
        "replayLag": .string(lag == 0 ? "00:00:00" : "00:00:00.000312"), "syncState": "quorum", "syncPriority": 1,
      ]
    }
    func slot(_ name: String, active: Bool) -> JSON {
      [
        "slotName": .string(name), "slotType": "physical", "active": .bool(active), "restartLsn": "0/604DE38",
        "walStatus": "reserved", "plugin": "", "database": "", "xmin": "", "catalogXmin": "",
      ]
    }
    documents = [
      "demo-1": [
        "isPrimary": true, "systemID": "7423474350493388827", "timeLineID": 1, "currentLsn": "0/604DE38",
        "currentWAL": "000000010000000000000006", "instanceManagerVersion": "0.1.0", "isPodReady": true,
        "readyWalFiles": 2, "isArchivingWAL": true, "lastArchivedWAL": "000000010000000000000005",
        "lastArchivedWALTime": "2026-09-21T13:47:20.062544Z", "replicationInfo": .array(streams),
        "replicationSlotsInfo": [slot("_cnpg_demo_2", active: true), slot("_cnpg_demo_3", active: false)],
        "pgStatBasebackupsInfo": [],
      ],
      "demo-2": Self.standby("0/604DE38"), "demo-3": Self.standby("0/604DD00"),
    ]
  }

  static func standby(_ lsn: String) -> JSON {
    [
      "isPrimary": false, "isWalReceiverActive": true, "receivedLsn": .string(lsn), "replayLsn": .string(lsn),
      "instanceManagerVersion": "0.1.0", "isPodReady": true,
    ]
  }

  mutating func set(_ path: String, _ value: JSON) {
    cluster[path: path.split(separator: ".").map(String.init)] = value
  }

  mutating func set(_ path: String, of instance: String, _ value: JSON) { documents[instance]?[path] = value }

  func view() throws -> ClusterView {
    let names = Set(documents.keys).union(failures.keys)
    let instances = try names.map { name in
      InstanceView(
        name: name,
        pod: [
          "metadata": ["name": .string(name)], "spec": ["nodeName": .string("node-\(name.suffix(1))")],
          "status": ["qosClass": "Guaranteed", "conditions": [["type": "Ready", "status": "True"]]],
        ],
        answer: try failures[name].map { .none($0.0, $0.1) }
          ?? .document((documents[name] ?? .null).decoded(as: StatusDocument.self), documents[name] ?? .null))
    }
    var view = ClusterView(
      cluster: try cluster.decoded(as: Cluster.self), document: cluster,
      instances: instances.sorted { InstanceView.isBetter($0, than: $1) },
      now: Date(timeIntervalSince1970: 1_790_000_000))
    view.budgets = budgets
    view.openBackups = openBackups
    view.size = size
    view.configuration = configuration
    view.accessRules = accessRules
    view.problems = problems + failures.values.map(\.1).sorted()
    return view
  }

  func text(_ verbosity: Int = 0, _ layout: Layout = Layout()) throws -> String {
    StatusText(try view(), verbosity: verbosity).text(layout)
  }

  /// The roles, by instance.
  func roles() throws -> [String: String] {
    let table = StatusText(try view(), verbosity: 0).instances.blocks.compactMap { block -> Table? in
      if case .table(let table) = block { table } else { nil }
    }
    return Dictionary(uniqueKeysWithValues: table.flatMap(\.rows).map { ($0[0].text, $0[2].text) })
  }
}
