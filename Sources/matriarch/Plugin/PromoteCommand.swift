import ArgumentParser
import Plugin

struct PromoteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "promote", abstract: "Make another instance the primary.",
    discussion: """
      kubectl cnpg promote demo 2 -n demo
      kubectl cnpg promote demo demo-2 -n demo

      Returns at once: `kubectl cnpg status` shows when it is done. The present primary stops cleanly first, so nothing \
      is lost; should the other one not be able to take over, it goes on, and an event says why.
      """)

  @Argument(help: "Name of the Cluster.") var cluster: String?
  @Argument(help: "Instance to promote: its number, or the name of its pod.") var instance: String?
  @Flag(help: "Only check, and say what would happen.") var dryRun = false
  @OptionGroup var connection: ConnectionOptions
  // CloudNativePG's plugin takes them too, and people's scripts have them.
  @Argument(help: .hidden) var surplus: [String] = []

  func run() async throws {
    guard let cluster, let instance else { throw CleanExit.helpRequest(self) }
    let text = try await connection.with { client, namespace in
      let reference = ClusterReference(cluster, in: namespace)
      return try await Promoter(client).promote(reference.instance(instance), in: reference, isTrial: dryRun)
    }
    print(text)
  }
}
