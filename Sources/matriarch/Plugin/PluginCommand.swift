import ArgumentParser
import ClusterAPI
import Kubernetes

/// `kubectl cnpg`, also `kubectl matriarch`: everything comes from the API, with the caller's own rights.
struct PluginCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kubectl cnpg", abstract: "Look after PostgreSQL clusters.", version: Version.matriarch,
    subcommands: [
      ClusterStatusCommand.self, BackupCommand.self, DestroyCommand.self, PromoteCommand.self, PsqlCommand.self,
      ClusterStorageCommand.self,
    ])
}

/// kubectl's own options, as far as the plugin needs them.
struct ConnectionOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "Namespace; the context's own when absent.") var namespace: String?
  @Option(help: "Context of the kubeconfig; the current one when absent.") var context: String?
  @Option(help: "Path of the kubeconfig; $KUBECONFIG or ~/.kube/config when absent.") var kubeconfig: String?

  @Option(name: .shortAndLong, help: "Address of the API server, instead of the context's.") var server: String?
  @Option(help: "Bearer token, instead of the context's credential.") var token: String?

  func configuration() throws -> ClientConfiguration {
    var configuration = try ClientConfiguration.kubeconfig(path: kubeconfig, context: context)
    if let server { configuration.server = server }
    if let token { configuration.credential = .token(token) }
    return configuration
  }

  /// Lends a client of the API server, and the namespace that is meant.
  ///
  /// - Parameter deadline: for each request.
  func with<Result: Sendable>(
    deadline: Duration = .seconds(30), _ body: (KubernetesClient, String) async throws -> Result
  ) async throws -> Result {
    let configuration = try configuration()
    let namespace = namespace ?? configuration.defaultNamespace
    let agent = "kubectl-cnpg/\(Version.matriarch)"
    return try await KubernetesClient.with(configuration, userAgent: agent, deadline: deadline) {
      try await body($0, namespace)
    }
  }

  /// The same options for a kubectl that is called in turn.
  var kubectlArguments: [String] {
    [("kubeconfig", kubeconfig), ("context", context), ("server", server), ("token", token)].flatMap { name, value in
      value.map { ["--\(name)", $0] } ?? []
    }
  }
}
