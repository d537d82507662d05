import ArgumentParser
import Backup
import Kubernetes
import ObjectStorage

struct StorageListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "What there is to restore: the servers of a store, or one server's backups and log.",
    discussion: """
      matriarch storage list --destination-path s3://backups                 the servers
      matriarch storage list orders --destination-path s3://backups          its backups, and how far its log reaches
      matriarch storage list orders --destination-path s3://backups -o json

      LOG UP TO is where the write-ahead log that follows a backup ends or has its first gap: as far as that backup can be \
      restored.

      \(StoreOptions.credentialsHelp)
      """)

  @Argument(
    help: "Folder of the server in the bucket: the Cluster's name, or its serverName. Without it, all are listed.")
  var server: String?
  @OptionGroup var store: StoreOptions
  @Option(name: .shortAndLong, help: "text or json.") var output: StorageCheckCommand.OutputFormat = .text

  func run() async throws {
    try await store.with { store in
      guard let server else {
        let servers = try await ServerPlace.servers(store)
        switch output {
        case .text: print(servers.isEmpty ? "\(store.location) holds no server." : servers.joined(separator: "\n"))
        case .json:
          print(
            JSON.object(["location": .string(store.location), "servers": .array(servers.map { .string($0) })]).text)
        }
        return
      }
      let place = try ServerPlace(store, server)
      let listing = ArchiveListing(place.archive.place.description, try await place.survey())
      switch output {
      case .text: print(listing.text)
      case .json: print(listing.json.text)
      }
    }
  }
}
