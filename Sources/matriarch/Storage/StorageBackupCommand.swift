import ArgumentParser
import Backup
import Foundation
import Kubernetes
import ObjectStorage
import PostgreSQL

struct StorageBackupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Make a base backup of a server that runs on this machine.",
    discussion: """
      matriarch storage backup orders --data /var/lib/postgresql/15/main --destination-path s3://backups

      Barman's format: its tools, CloudNativePG and `matriarch storage restore` read it. The server has to archive its \
      write-ahead log to the same place (`matriarch storage archiver`): a backup counts once all the log it needs is there. \
      Page checksums are verified on the way; a damaged page fails the backup and is named.

      \(StoreOptions.credentialsHelp)

      Exit status 0 when there is a backup, 1 when not: then nothing of it is listed as one.
      """)

  @Argument(help: "Folder of the server in the bucket.") var server: String
  @OptionGroup var source: ServerOptions
  @OptionGroup var store: StoreOptions
  @Option(help: "How files are compressed.") var compression: Compression = .lz4
  @Option(name: .shortAndLong, help: "Parts on their way at the same time, and threads that compress.") var jobs = 2
  @Flag(help: "Begin with a checkpoint at once, instead of spreading it over checkpoint_completion_target.")
  var immediateCheckpoint = false
  @Option(name: .shortAndLong, help: "text or json.") var output: StorageCheckCommand.OutputFormat = .text

  func run() async throws {
    var settings = BaseBackupSettings()
    settings.compression = compression
    settings.parallel = max(1, jobs)
    let (server, source, isFast, settled) = (server, source, immediateCheckpoint, settings)
    let info = try await store.with { store in
      let archive = try ServerPlace(store, server).archive
      return try await Interruption.watch {
        let connection = try await Connection.open(
          source.parameters, deadline: .seconds(10), logger: StoreOptions.silence)
        do {
          let info = try await Self.make(connection, archive, source.directory, settled, isFast)
          await connection.close()
          return info
        } catch {
          await connection.close()
          throw error
        }
      }
    }
    switch output {
    case .text:
      print(
        "Backup \(info.id) of \(server) is complete: \(info.begin?.description ?? "?") to \(info.end?.description ?? "?")."
      )
    case .json: print(JSON.object(["id": .string(info.id.text)]).text)
    }
  }

  private static func make(
    _ connection: Connection, _ archive: WALArchive, _ data: String, _ settings: BaseBackupSettings, _ isFast: Bool
  ) async throws -> BackupInfo {
    let number = try await connection.query("SELECT current_setting('server_version_num')::int").scalar(as: Int.self)
    let procedure = BackupProcedure(
      archive: archive, data: data, settings: settings, isFast: isFast,
      switchSegment: {
        // A standby cannot: its primary's segment ends when that has filled it, or by archive_timeout.
        try await connection.query("SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_switch_wal() END")
      }, logger: StoreOptions.silence)
    return try await procedure.run(BackupSession(connection: connection, version: ServerVersion(number: number)))
  }
}
