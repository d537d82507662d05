import ArgumentParser
import ClusterAPI
import Foundation

/// One program, several names: called `kubectl-cnpg` or `kubectl-matriarch` it is the kubectl plugin.
@main
enum Program {
  static func main() async {
    let name = URL(fileURLWithPath: CommandLine.arguments.first ?? "").lastPathComponent
    if name.hasPrefix("kubectl-") || name.hasPrefix("kubectl_") {
      await PluginCommand.main()
    } else {
      await Matriarch.main()
    }
  }
}

struct Matriarch: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "matriarch",
    abstract: "Highly available PostgreSQL from Kubernetes manifests, on any Kubernetes or on this machine alone.",
    discussion: """
      Start here:
        matriarch local up --demo      a control plane, three nodes and a three-instance cluster
        matriarch local status         what runs, and where
      """,
    version: Version.matriarch,
    subcommands: [
      LocalCommand.self, ManifestsCommand.self, OperatorCommand.self, InstanceCommand.self, BootstrapCommand.self,
      StorageCommand.self,
    ])
}
