import ArgumentParser
import Backup
import Foundation
import PostgreSQL

/// A `restore_command`: one file from the archive to where PostgreSQL wants it.
struct StorageWALRestoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wal-restore", abstract: "Fetch one file of the write-ahead log: a restore_command.",
    discussion: """
      restore_command = '/usr/bin/matriarch storage wal-restore --destination-path s3://backups orders %f %p'

      `matriarch storage restore` writes that line itself. The server needs the credentials in its environment.

      Exit status 0 when the file is there, 1 when the archive does not have it: PostgreSQL takes that for the end of the \
      log. 255 when nobody can tell, because the store does not answer or refuses: recovery then stops and can be begun \
      again, instead of ending too early.

      \(StoreOptions.credentialsHelp)
      """)

  /// Above 125 PostgreSQL gives up instead of taking it for the end of the log (`RestoreArchivedFile`,
  /// `wait_result_is_any_signal`).
  private static let unknown = ExitCode(255)

  @OptionGroup var store: StoreOptions
  @Argument(help: "Folder of the server in the bucket.") var server: String
  @Argument(help: "Name of the file (%f).") var file: String
  @Argument(help: "Where it is to be (%p); relative to the working directory.") var path: String

  func run() async throws {
    do {
      guard let name = WALFileName(file) else { throw StorageProblem.noFileName(file) }
      let isThere = try await store.with { store in
        try await ServerPlace(store, server).archive.fetch(name, to: path)
      }
      if isThere { return }
    } catch {
      FileHandle.standardError.write(Data("matriarch: \(file) cannot be fetched: \(error)\n".utf8))
      throw Self.unknown
    }
    FileHandle.standardError.write(Data("matriarch: the archive of \(server) does not have \(file)\n".utf8))
    throw ExitCode(1)
  }
}
