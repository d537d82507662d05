import ArgumentParser
import ClusterAPI
import Glibc
import Kubernetes

/// `kubectl cnpg storage`.
struct ClusterStorageCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "storage", abstract: "Look after a cluster's object store.", subcommands: [Check.self])

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check", abstract: "Whether a cluster's object store can be used, asked from the primary's pod.",
      discussion: """
        kubectl cnpg storage check demo -n demo
        kubectl cnpg storage check demo -n demo -o json     for programs

        Proves who the pod is, writes, lists, reads and removes one object, as archiving and backups do, with the pod's \
        identity and network. Where there is no primary another instance asks.
        """)

    @Argument(help: "Name of the Cluster.") var cluster: String?
    @Option(name: .shortAndLong, help: "text or json.") var output: StorageCheckCommand.OutputFormat = .text
    @OptionGroup var connection: ConnectionOptions
    // CloudNativePG's plugin takes them too, and people's scripts have them.
    @Argument(help: .hidden) var surplus: [String] = []

    func run() async throws {
      guard let cluster else { throw CleanExit.helpRequest(self) }
      let (pod, namespace) = try await connection.with { client, namespace in
        (try await Self.pod(of: cluster, client, namespace), namespace)
      }
      throw connection.exec(
        ["/controller/manager", "storage", "check", "-o", output.rawValue], in: pod, namespace, options: [])
    }

    private static func pod(
      of cluster: String, _ client: KubernetesClient, _ namespace: String
    ) async throws -> String {
      let pods = try await client.list(
        Pod.self, in: namespace, labels: "\(Labels.cluster)=\(cluster),\(Labels.podRole)=\(PodRole.instance.rawValue)"
      ).items.filter { !$0.isBeingDeleted }
      let running = pods.filter { $0.status?.phase == "Running" }
      let primary = running.first { $0.labels[Labels.instanceRole] == InstanceRole.primary.rawValue }
      guard let chosen = primary ?? running.first ?? pods.first else {
        throw PluginError.noCluster(cluster, namespace: namespace)
      }
      return chosen.name
    }
  }
}

extension ConnectionOptions {
  /// Becomes kubectl, which runs a program in an instance's pod.
  ///
  /// - Parameter options: further ones of `kubectl exec`.
  /// - Returns: only where it cannot, and why.
  func exec(_ arguments: [String], in pod: String, _ namespace: String, options: [String]) -> PluginError {
    let all =
      ["kubectl"] + kubectlArguments + ["exec"] + options + ["-n", namespace, "-c", "postgres", pod, "--"] + arguments
    var vector = all.map { strdup($0) } + [nil]
    execvp("kubectl", &vector)
    return .noKubectl(String(cString: strerror(errno)))
  }
}
