import ArgumentParser
import Backup
import Foundation
import Logging
import PostgreSQL

struct StorageArchiverCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "archiver", abstract: "Archive the write-ahead log of a server that runs on this machine.",
    discussion: """
      matriarch storage archiver orders --data /var/lib/postgresql/15/main --socket /run/matriarch-orders \
      --destination-path s3://backups

      and in postgresql.conf
        archive_mode = on
        archive_command = 'matriarch-wal archive /run/matriarch-orders %p'

      Runs as the server's user until it is ended by a signal. Segments are uploaded ahead of PostgreSQL's questions, several \
      at a time, over connections that stay open; one counts as archived when the store has confirmed it. While it does not \
      run PostgreSQL keeps its files. A place that holds another server's log is refused.

      \(StoreOptions.credentialsHelp)
      """)

  @Argument(help: "Folder of the server in the bucket.") var server: String
  @Option(
    name: [.customShort("D"), .customLong("data")], help: ArgumentHelp("Its data directory.", valueName: "directory"))
  var data: String
  @Option(help: ArgumentHelp("Where matriarch-wal asks; at most 107 bytes.", valueName: "path")) var socket: String
  @OptionGroup var store: StoreOptions
  @Option(help: "How files are compressed.") var compression: Compression = .lz4
  @Option(name: .shortAndLong, help: "Files to upload at the same time.") var jobs = 2

  func run() async throws {
    let data = URL(fileURLWithPath: data).standardizedFileURL.path
    guard let system = ControlFile.systemIdentifier(in: data) else { throw StorageProblem.noData(data) }
    guard socket.utf8.count <= 107 else { throw ValidationError("--socket \(socket): it is longer than 107 bytes.") }
    let logger = Logger(label: "archiver") { StreamLogHandler.standardError(label: $0) }
    let (server, socket, compression, jobs) = (server, socket, compression, jobs)
    try await store.with { store in
      var settings = WALArchive.Settings()
      settings.compression = compression
      let archive = WALArchive(store: store, server: try ServerPlace(store, server).server, settings: settings)
      let grant = Archiver.Grant(timeline: nil, parallel: jobs) { archive }
      let archiver = Archiver(
        data: data,
        surroundings: Archiver.Surroundings {
          .granted(grant)
        } systemIdentifier: {
          system
        } recognize: { archive in
          try ArchiveIdentity.check(try await archive.content(), of: system, isNew: false, place: archive.place)
        } outcome: {
          if case .archived(let name) = $0 { logger.info("archived", metadata: ["file": "\(name)"]) }
        }, logger: logger)
      logger.info("archiving", metadata: ["data": "\(data)", "to": "\(archive.place)", "socket": "\(socket)"])
      do {
        try await Interruption.watch { try await Self.serve(archiver, socket, logger) }
      } catch let interruption as Interruption {
        logger.info("ended by a signal", metadata: ["signal": "\(interruption.signal)"])
      }
    }
  }

  private static func serve(_ archiver: Archiver, _ socket: String, _ logger: Logger) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await archiver.run() }
      group.addTask {
        try await HelperSocket(path: socket, logger: logger) { question in
          switch question {
          case .archive(let name): await archiver.archive(name)
          case .restore: .failed("this is an archiver; `matriarch storage wal-restore` fetches files")
          }
        }.run()
      }
      try await group.next()
      group.cancelAll()
    }
  }
}
