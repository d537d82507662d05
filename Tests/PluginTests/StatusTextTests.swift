import ClusterAPI
import Foundation
import Kubernetes
import Testing

@testable import Plugin

@Suite("status, as text")
struct StatusTextTests {
  @Test("a healthy cluster")
  func healthy() throws { try expectGolden(Herd().text(), "healthy") }

  @Test("-v: slots, roles, tablespaces, budgets, plugins")
  func verbose() throws {
    var herd = Herd()
    herd.budgets = [
      PodDisruptionBudget.named("demo-primary") {
        $0.spec = .with { $0.selector = .with { $0.matchLabels = [Labels.instanceRole: "primary"] } }
        $0.status = .with {
          $0.expectedPods = 1
          $0.currentHealthy = 1
          $0.desiredHealthy = 1
        }
      }
    ]
    herd.set("spec.tablespaces", [["name": "fast", "storage": ["size": "1Gi"], "temporary": true]])
    herd.set("status.tablespacesStatus", [["name": "fast", "owner": "app", "state": "pending", "error": "no volume"]])
    herd.set(
      "status.managedRolesStatus",
      [
        "byStatus": ["reconciled": ["app", "dba"], "reserved": ["postgres"]],
        "cannotReconcile": ["dba": ["no such role"]],
      ])
    herd.set(
      "status.pluginStatus",
      [["name": "barman", "version": "1", "operatorCapabilities": ["Reconciler Hooks", "Lifecycle Service"]]])
    herd.set(
      "replicationSlotsInfo", of: "demo-1",
      [
        [
          "slotName": "debezium", "slotType": "logical", "database": "app", "active": false, "restartLsn": "0/5000000",
          "plugin": "pgoutput", "walStatus": "extended", "safeWalSize": 1024, "xmin": "", "catalogXmin": "744",
        ]
      ])
    try expectGolden(herd.text(1), "verbose")
  }

  @Test("-vv: the primary's files, and when certificates end")
  func thorough() throws {
    var herd = Herd()
    herd.configuration = "archive_mode = 'on'\nwork_mem = '4MB'\n"
    herd.accessRules = "local all all peer map=local\n"
    let text = try herd.text(2)
    try expectGolden(text.components(separatedBy: "\n\n")[1...3].joined(separator: "\n\n") + "\n", "thorough")
  }

  @Test("80 columns: wide tables go on below, no line is longer")
  func narrow() throws {
    var herd = Herd()
    herd.set("spec.backup", ["barmanObjectStore": ["destinationPath": "s3://b"]])
    let text = try herd.text(1, Layout(width: 80))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    try expectGolden(text, "narrow")
  }

  /// The section about backups alone.
  private func backupSection(_ herd: Herd) throws -> String {
    let parts = try herd.text().components(separatedBy: "\n\n")
    return (parts.first { $0.hasPrefix("Continuous Backup") } ?? "") + "\n"
  }

  private static let store: JSON = ["barmanObjectStore": ["destinationPath": "s3://b"]]

  @Test("a cluster with backups: since when it can be restored, the last ones, and those under way")
  func backups() throws {
    var herd = Herd()
    herd.set("spec.backup", Self.store)
    herd.set("status.firstRecoverabilityPoint", "2026-09-20T03:00:12Z")
    herd.set("status.lastSuccessfulBackup", "2026-09-21T03:00:11Z")
    herd.set("status.lastFailedBackup", "2026-09-19T03:00:11Z")
    herd.openBackups = [
      Backup.named("on-demand") {
        $0.status = .with {
          $0.phase = BackupPhase.running
          $0.instanceID = .with { $0.podName = "demo-2" }
        }
      },
      Backup.named("next"),
    ]
    try expectGolden(backupSection(herd), "backups")
  }

  @Test("a cluster whose backups fail says why")
  func failingBackups() throws {
    var herd = Herd()
    herd.set("spec.backup", Self.store)
    herd.set("isArchivingWAL", of: "demo-1", false)
    herd.set("lastFailedWAL", of: "demo-1", "000000010000000000000006")
    herd.set("lastFailedWALTime", of: "demo-1", "2026-09-21T13:50:00.000000Z")
    herd.set("status.lastFailedBackup", "2026-09-21T13:50:00Z")
    herd.set(
      "status.conditions",
      [
        [
          "type": "ContinuousArchiving", "status": "False", "reason": "ContinuousArchivingFailing",
          "message": "AADSTS700213: No matching federated identity record found",
          "lastTransitionTime": "2026-09-21T13:47:20Z",
        ],
        [
          "type": "LastBackupSucceeded", "status": "False", "reason": "LastBackupFailed",
          "message": "The instance manager of demo-2 was restarted during the backup",
          "lastTransitionTime": "2026-09-21T13:47:20Z",
        ],
      ])
    try expectGolden(backupSection(herd), "backups-failing")
  }

  @Test("a cluster whose backups have just begun: nothing to recover from yet")
  func newBackups() throws {
    var herd = Herd()
    herd.set("spec.backup", Self.store)
    herd.set("isArchivingWAL", of: "demo-1", false)
    for field in ["lastArchivedWAL", "lastArchivedWALTime"] { herd.set(field, of: "demo-1", .null) }
    herd.set(
      "status.conditions",
      [
        [
          "type": "LastBackupSucceeded", "status": "False", "reason": "BackupStarted",
          "message": "New Backup starting up", "lastTransitionTime": "2026-09-21T13:47:20Z",
        ]
      ])
    try expectGolden(backupSection(herd), "backups-new")
    herd.set("metadata.annotations", ["cnpg.io/skipWalArchiving": "enabled"])
    #expect(try backupSection(herd).contains("Working WAL archiving:          Disabled\n"))
    herd.documents = [:]
    #expect(try backupSection(herd) == "Continuous Backup status\nNo Primary instance found\n")
  }

  /// What the reference deployment's guide looks for.
  @Test("and the guide finds what it looks for")
  func guide() throws {
    var herd = Herd()
    herd.set("spec.backup", Self.store)
    #expect(try herd.text().contains(/Working WAL archiving: +OK/))
    #expect(try herd.text().contains(/First Point of Recoverability: +Not Available/))
    herd.set("status.firstRecoverabilityPoint", "2026-09-20T03:00:12Z")
    #expect(try herd.text().contains(/First Point of Recoverability: +20[0-9-]+T[0-9:.]+Z/))
  }

  @Test("trouble: somebody does not answer, one is copied, a switchover is under way, and why is at the end")
  func trouble() throws {
    var herd = Herd()
    herd.failures["demo-3"] = ("no answer in 5s", "demo-3: no answer in 5s; --timeout gives it longer")
    herd.set("isWalReceiverActive", of: "demo-2", false)
    herd.set("mightBeUnavailable", of: "demo-2", true)
    herd.set("mightBeUnavailableMaskedError", of: "demo-2", "being copied")
    herd.set("status.targetPrimary", "demo-2")
    herd.set("status.phase", "Switchover in progress")
    herd.set("status.phaseReason", "Switching over to demo-2")
    herd.set("status.readyInstances", 1)
    herd.size = nil
    herd.problems = ["poddisruptionbudgets: forbidden"]
    try expectGolden(herd.text(0, Layout(isColoured: true)), "trouble")
  }

  @Test("nobody answers: what the Cluster itself says is shown all the same")
  func silence() throws {
    var herd = Herd()
    for name in herd.documents.keys { herd.failures[name] = ("Forbidden", "\(name): pods/proxy is forbidden") }
    herd.documents = [:]
    herd.size = nil
    try expectGolden(herd.text(), "silence")
  }

  @Test("a cluster that has not begun")
  func initializing() throws {
    var herd = Herd()
    herd.documents = [:]
    herd.set("status", ["targetPrimary": "demo-1", "phase": "Setting up primary"])
    herd.size = nil
    let text = try herd.text()
    #expect(text.contains("Cluster Summary\nPrimary server is initializing\nName "))
    #expect(text.contains("Instances status\nNo instances found\n"))
  }

  @Test("a hibernated cluster has no instances to show")
  func hibernated() throws {
    var herd = Herd()
    herd.set(
      "status.conditions",
      [
        [
          "type": "cnpg.io/hibernation", "status": "True", "reason": "Hibernated",
          "message": "Cluster has been hibernated",
          "lastTransitionTime": "2026-09-21T13:47:20Z",
        ]
      ])
    let text = try herd.text()
    #expect(text.contains("Size:                    - (hibernated)\n"))
    #expect(text.contains("Hibernation\nStatus   Hibernated\nMessage  Cluster has been hibernated\n"))
    #expect(!text.contains("Instances status"))
  }

  @Test("failure domains: who is where, and whether that is enough")
  func topology() throws {
    var herd = Herd()
    herd.set(
      "spec.postgresql", ["synchronous": ["method": "any", "number": 1, "nodeFailureDomainKeys": ["zone"]]])
    herd.set(
      "status.topology",
      [
        "successfullyExtracted": true,
        "instances": ["demo-1": ["zone": "a"], "demo-2": ["zone": "a"], "demo-3": ["zone": "b"]],
      ])
    herd.set(
      "status.conditions",
      [
        [
          "type": "SyncReplicationTopologySatisfied", "status": "True", "reason": "Satisfied", "message": "",
          "lastTransitionTime": "2026-09-21T13:47:20Z",
        ]
      ])
    let text = try herd.text()
    #expect(
      text.contains(
        """
        Failure Domain Topology
        zone  Instances       Primary Domain
        ----  ---------       --------------
        a     demo-1, demo-2  Yes
        b     demo-3          No
        Constraint: True (Satisfied)

        """))
  }

  @Test("fenced instances")
  func fenced() throws {
    var herd = Herd()
    herd.set("metadata.annotations", ["cnpg.io/fencedInstances": #"["demo-1"]"#])
    herd.set("mightBeUnavailable", of: "demo-1", true)
    let text = try herd.text()
    #expect(text.contains("Status:                  Primary instance is fenced\n"))
    #expect(text.contains("Fenced instances:        demo-1\n"))
    #expect(text.contains("Size:                    - (fenced)\n"))
    #expect(try herd.roles()["demo-1"] == "Fenced")
  }

  @Test(
    "The role of a standby is the first that fits",
    arguments: [
      (["isWalReceiverActive": false, "isPgRewindRunning": true, "mightBeUnavailable": true], "quorum", "pg_rewind"),
      (["isWalReceiverActive": false, "mightBeUnavailable": true], "quorum", "starting up"),
      (["isWalReceiverActive": false], "quorum", "file based"),
      (["replayPaused": true], "quorum", "paused"),
      ([:], "quorum", "sync"), ([:], "sync", "sync"), ([:], "potential", "potential sync"), ([:], "async", "async"),
    ] as [(JSON, String, String)])
  func roles(_ changes: JSON, _ syncState: String, _ role: String) throws {
    var herd = Herd()
    for (key, value) in changes.objectValue ?? [:] { herd.set(key, of: "demo-2", value) }
    let streams: JSON = [["applicationName": "demo-2", "state": "streaming", "syncState": .string(syncState)]]
    herd.set("replicationInfo", of: "demo-1", streams)
    #expect(try herd.roles()["demo-2"] == "Standby (\(role))")
    #expect(try herd.roles()["demo-1"] == "Primary")
  }

  @Test("instances are in the order in which they would be primary; silent ones last")
  func order() throws {
    var herd = Herd()
    herd.documents["demo-4"] = Herd.standby("1/0")
    herd.failures["demo-0"] = ("no pod", "demo-0: there is no pod")
    #expect(try herd.view().instances.map(\.name) == ["demo-1", "demo-4", "demo-2", "demo-3", "demo-0"])
  }

  @Test("nothing from outside reaches the terminal as a control character")
  func control() throws {
    var herd = Herd()
    herd.set("status.phaseReason", "\u{1B}[2Jgone\r\nand more")
    let text = try herd.text()
    #expect(text.contains("Status:                  Cluster in healthy state  [2Jgone  and more\n"))
  }
}
