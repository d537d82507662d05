import ArgumentParser
import Foundation
import Kubernetes
import LocalCluster
import Processes

/// What lies in a container of the local storage account.
struct BlobsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "blobs", abstract: "The names of the blobs in a container of the local storage account, one a line.",
    discussion: """
      With or without a running control plane. For everything else use Azure's own tools: `matriarch local env` has the
      connection string.
      """)

  @Argument(help: "The container: backups.") var container: String
  @Argument(help: "Only names that begin like this.") var prefix: String = ""
  @Option(name: .shortAndLong, help: "text or json.") var output: StatusCommand.OutputFormat = .text
  @OptionGroup var state: StateOptions

  func run() async throws {
    let settings = try state.machine().settings
    try await Account.leaveRoot(state: state.directory)
    let names = try await Blocking.run { try BlobNames(settings) }
    var values: [JSON] = []
    try await names.list(container: container, prefix: prefix) { entries in
      switch output {
      case .text: for entry in entries { print(entry.name) }
      case .json: values += entries.compactMap { try? JSON(encoding: $0) }
      }
    }
    if output == .json { print(JSON.array(values).text) }
  }
}
