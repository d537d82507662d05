import ArgumentParser
import ClusterAPI
import Kubernetes

/// `kubectl cnpg`, also `kubectl matriarch`: everything comes from the API, with the caller's own rights.
struct Plugin: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kubectl cnpg", abstract: "Look after PostgreSQL clusters.", version: Version.matriarch,
    subcommands: [PsqlCommand.self])
}

/// kubectl's own options, as far as the plugin needs them.
struct ConnectionOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "Namespace; the context's own when absent.") var namespace: String?
  @Option(help: "Context of the kubeconfig; the current one when absent.") var context: String?
  @Option(help: "Path of the kubeconfig; $KUBECONFIG or ~/.kube/config when absent.") var kubeconfig: String?

  func configuration() throws -> ClientConfiguration {
    try .kubeconfig(path: kubeconfig, context: context)
  }

  /// The same options for a kubectl that is called in turn.
  var kubectlArguments: [String] {
    (kubeconfig.map { ["--kubeconfig", $0] } ?? []) + (context.map { ["--context", $0] } ?? [])
  }
}
