import ArgumentParser
import Backup
import Foundation
import Kubernetes
import ObjectStorage
import Processes

struct StorageRestoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Make a data directory of a backup, ready for PostgreSQL to recover.",
    discussion: """
      matriarch storage restore orders /srv/orders --destination-path s3://backups --plan
      matriarch storage restore orders /srv/orders --destination-path s3://backups
      matriarch storage restore orders /srv/orders --destination-path s3://backups --target-time "2026-11-27 09:59:00+00"
      matriarch storage restore orders /srv/orders --destination-path s3://backups --backup-id 20261127T030000 \
      --target-immediate

      The plan comes first: which backup, how much log, along which timeline. What cannot be reached is refused before \
      anything is written. The directory has to be empty, or not be there; an interrupted restore leaves it empty. PostgreSQL \
      of the same major version then replays the log, which this program fetches, and is promoted at the target.

      \(StoreOptions.credentialsHelp)

      Exit status 0 when it is restored (with --plan: when it could be), 1 when not.
      """)

  @Argument(help: "Folder of the server in the bucket; `matriarch storage list` shows them.") var server: String
  @Argument(help: "Directory to restore into.") var directory: String
  @Flag(help: "Only show what would be done.") var plan = false
  @OptionGroup(title: "Where to stop") var target: TargetOptions
  @OptionGroup var store: StoreOptions
  @Option(help: ArgumentHelp("Directory for the write-ahead log; pg_wal becomes a link to it.", valueName: "directory"))
  var walDirectory: String?
  @Option(
    help: ArgumentHelp(
      "Put the tablespace that lay at OLD to NEW; may be given several times. Others go where they were.",
      valueName: "old=new"))
  var tablespaceMapping: [String] = []
  @Option(name: .shortAndLong, help: "Archives to fetch and unpack at the same time.") var jobs = 2
  @Option(name: .shortAndLong, help: "text or json.") var output: StorageCheckCommand.OutputFormat = .text

  func validate() throws {
    guard jobs > 0 else { throw ValidationError("--jobs \(jobs): give a number from 1 on.") }
  }

  func run() async throws {
    let (target, data) = (try target.restoreTarget(), Self.absolute(directory))
    try await store.with { store in
      let place = try ServerPlace(store, server)
      let plan = try RestorePlan(target, from: try await place.survey())
      let info = try mapped(plan.backup)
      let directories = RestoreDirectories(
        data: data, wal: walDirectory.map { Self.absolute($0) }, tablespaces: info.tablespaces.map(\.location))
      let text = RestoreText(
        place: place.archive.place.description, plan: plan, info: info, directories: directories)
      if output == .text { print(text.plan) }
      if self.plan {
        if output == .json { print(text.json(nil).text) }
        return
      }
      try await Blocking.run { try directories.check() }
      let restoration = Restoration(
        place: place, plan: plan, info: info, directories: directories, jobs: jobs, restoreCommand: restoreCommand)
      let outcome = try await Interruption.watch { try await restoration.run() }
      print(output == .json ? text.json(outcome).text : text.done(outcome))
    }
  }

  private static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }

  /// The tablespaces where they are to be.
  private func mapped(_ backup: BackupInfo) throws -> BackupInfo {
    var info = backup
    var tablespaces = backup.tablespaces
    for mapping in tablespaceMapping {
      let parts = mapping.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, parts.allSatisfy({ $0.hasPrefix("/") }) else { throw StorageProblem.badMapping(mapping) }
      guard let index = tablespaces.firstIndex(where: { $0.location == parts[0] }) else {
        throw StorageProblem.unknownTablespace(parts[0], known: backup.tablespaces.map(\.location))
      }
      tablespaces[index].location = Self.absolute(parts[1])
    }
    info.tablespaces = tablespaces
    return info
  }

  /// This program, for each file. PostgreSQL replaces `%f` and `%p`, and `%%` by `%`.
  private var restoreCommand: String {
    let program =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    let words = "\(ShellWord.quoted(program)) storage wal-restore \(store.commandLine) \(ShellWord.quoted(server))"
    return words.replacing("%", with: "%%") + " %f %p"
  }
}
