import ArgumentParser
import ClusterAPI
import Foundation
import Plugin

struct BackupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Back a cluster up now.",
    discussion: """
      kubectl cnpg backup demo -n demo
      kubectl cnpg backup demo -n demo --backup-name before-upgrade
      kubectl cnpg backup demo -n demo --backup-target primary
      kubectl cnpg backup demo -n demo --dry-run          prints the Backup and creates nothing

      Returns at once: `kubectl get backup NAME` shows how far it is, `kubectl describe backup NAME` why it waits or \
      failed. It is taken from a standby where one is ready, and stored where spec.backup.barmanObjectStore of the \
      cluster says. For backups by the clock there is the kind ScheduledBackup.
      """)

  @Argument(help: "Name of the Cluster.") var cluster: String?
  @Option(help: "Name of the Backup; the cluster's name and the time when absent.") var backupName: String?
  @Option(
    name: [.customShort("t"), .long],
    help: "Instance to take it from: primary or prefer-standby; the cluster's setting when absent.")
  var backupTarget: BackupTarget?
  @Option(name: .shortAndLong, help: "How it is made: barmanObjectStore, volumeSnapshot or plugin.")
  var method: BackupMethod = .barmanObjectStore
  @Option(help: "For volume snapshots: whether PostgreSQL keeps running meanwhile (true or false).") var online: Bool?
  @Option(help: "For volume snapshots: whether it begins with a fast checkpoint (true or false).")
  var immediateCheckpoint: Bool?
  @Option(help: "For volume snapshots: whether its write-ahead log is waited for (true or false).")
  var waitForArchive: Bool?
  @Option(help: "Plugin that makes it, with --method plugin.") var pluginName: String?
  @Option(help: "Parameters of the plugin: KEY=VALUE,KEY=VALUE.") var pluginParameters: String?
  @Flag(help: "Only print the Backup, as YAML.") var dryRun = false
  @Option(name: .shortAndLong, help: "text, json or yaml: print what was created.") var output: OutputFormat?
  @OptionGroup var connection: ConnectionOptions
  // CloudNativePG's plugin takes them too, and people's scripts have them.
  @Argument(help: .hidden) var surplus: [String] = []

  enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case text, json, yaml }

  func run() async throws {
    guard let cluster else { throw CleanExit.helpRequest(self) }
    let parameters = try pluginParameters.map { try BackupOrder.parameters($0) } ?? [:]
    let document = try await connection.with { client, namespace in
      var order = BackupOrder(of: ClusterReference(cluster, in: namespace))
      order.name = backupName
      order.target = backupTarget
      order.method = method
      order.online = online
      order.immediateCheckpoint = immediateCheckpoint
      order.waitsForArchive = waitForArchive
      order.pluginName = pluginName
      order.pluginParameters = parameters
      if dryRun { return try BackupDocument(order.backup(now: .now)) }
      return try await BackupMaker(client).make(order)
    }
    let text =
      switch output ?? (dryRun ? .yaml : .text) {
      case .text: document.sentence
      case .json: document.jsonText
      case .yaml: document.yamlText
      }
    print(text, terminator: "")
  }
}

extension BackupTarget: ExpressibleByArgument {}
extension BackupMethod: ExpressibleByArgument {}
