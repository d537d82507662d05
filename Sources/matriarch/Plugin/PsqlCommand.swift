import ArgumentParser
import ClusterAPI
import Foundation
import Glibc
import Kubernetes

struct PsqlCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "psql", abstract: "Run psql in the primary's pod, as superuser.",
    discussion: """
      kubectl cnpg psql demo -n demo
      kubectl cnpg psql demo -n demo --replica -- -c 'select pg_is_in_recovery()'
      echo 'select 1' | kubectl cnpg psql demo -n demo
      """)

  @Argument(help: "Name of the Cluster.") var cluster: String
  @Flag(help: "Connect to a standby instead of the primary.") var replica = false
  @Flag(name: [.short, .customLong("tty")], inversion: .prefixedNo, help: "Use a terminal, where there is one.")
  var terminal = true
  @Flag(name: [.customShort("i"), .long], inversion: .prefixedNo, help: "Pass standard input on.") var stdin = true
  @OptionGroup var connection: ConnectionOptions
  @Argument(help: .hidden) var misplaced: String?
  @Argument(parsing: .postTerminator, help: "Arguments of psql.") var psqlArguments: [String] = []

  func run() async throws {
    if let misplaced { throw PluginError.misplaced(misplaced) }
    let (pod, namespace) = try await connection.with { client, namespace in
      (try await self.pod(client, namespace), namespace)
    }

    // A terminal where both ends are one; a pipe must not be turned into a terminal.
    let isTerminal = terminal && isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
    var arguments = ["psql"]
    if !psqlArguments.contains(where: { $0.hasPrefix("-U") || $0.hasPrefix("--username") }) {
      arguments += ["-U", "postgres"]
    }
    throw connection.exec(
      arguments + psqlArguments, in: pod, namespace,
      options: (isTerminal ? ["-t"] : []) + (stdin ? ["-i"] : []))
  }

  private func pod(_ client: KubernetesClient, _ namespace: String) async throws -> String {
    let pods = try await client.list(
      Pod.self, in: namespace, labels: "\(Labels.cluster)=\(cluster),\(Labels.podRole)=\(PodRole.instance.rawValue)")
    guard !pods.items.isEmpty else { throw PluginError.noCluster(cluster, namespace: namespace) }
    let role: InstanceRole = replica ? .replica : .primary
    let candidates = pods.items.filter { $0.labels[Labels.instanceRole] == role.rawValue && !$0.isBeingDeleted }
    let isReady = { (pod: Pod) in
      (pod.status?.conditions ?? []).contains { $0.type == "Ready" && $0.status == "True" }
    }
    guard let chosen = candidates.first(where: isReady) ?? candidates.first else { throw PluginError.noInstance(role) }
    return chosen.name
  }
}

enum PluginError: Error, CustomStringConvertible {
  case noCluster(String, namespace: String)
  case noInstance(InstanceRole)
  case noKubectl(String)
  case kubectlFailed(String)
  case misplaced(String)

  var description: String {
    switch self {
    case .noCluster(let name, let namespace):
      "cluster does not exist or is not accessible: \(name) in namespace \(namespace). `kubectl get clusters -A` lists what there is."
    case .noInstance(let role):
      "cannot find Pod with role \"\(role.rawValue)\". `kubectl get pods -L cnpg.io/instanceRole` shows the roles."
    case .misplaced(let argument): "psqlArgs should be passed after the -- delimiter: \(argument)"
    case .kubectlFailed(let message): "kubectl: \(message.trimmingCharacters(in: .whitespacesAndNewlines))"
    case .noKubectl(let reason):
      "kubectl cannot be started (\(reason)): it has to be on PATH."
    }
  }
}
