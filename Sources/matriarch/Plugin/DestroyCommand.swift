import ArgumentParser
import Plugin

struct DestroyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "destroy", abstract: "Take an instance away, with its data.",
    discussion: """
      kubectl cnpg destroy demo 2 -n demo                 volumes and pod are deleted
      kubectl cnpg destroy demo demo-2 -n demo --keep-pvc   the volumes stay, and are the cluster's no longer

      For an instance whose data are lost or broken: the operator makes a new one in its place, which copies the \
      primary. Where it is the primary, another one takes over first; where it is the only one, its data are gone, and \
      only a backup brings them back. An instance that is merely to run somewhere else need not be destroyed: delete its \
      pod. To have fewer instances, lower spec.instances.
      """)

  @Argument(help: "Name of the Cluster.") var cluster: String?
  @Argument(help: "Instance to destroy: its number, or the name of its pod.") var instance: String?
  @Flag(name: .shortAndLong, help: "Keep the volumes.") var keepPvc = false
  @OptionGroup var connection: ConnectionOptions
  // CloudNativePG's plugin takes them too, and people's scripts have them.
  @Argument(help: .hidden) var surplus: [String] = []

  func run() async throws {
    guard let cluster, let instance else { throw CleanExit.helpRequest(self) }
    let text = try await connection.with { client, namespace in
      let reference = ClusterReference(cluster, in: namespace)
      return try await Destroyer(client).destroy(
        reference.instance(instance), in: reference, keepsVolumes: keepPvc)
    }
    print(text)
  }
}
