import Backup
import ObjectStorage

/// One server's folder in a store: its backups and its write-ahead log.
struct ServerPlace: Sendable {
  let store: any ObjectStore
  let server: String

  /// - Throws: `ObjectStorageError` for a name that leads elsewhere.
  init(_ store: any ObjectStore, _ server: String) throws {
    self.server = try ObjectKey(server).text
    self.store = store
  }

  var catalogue: Catalogue { Catalogue(store: store, server: server) }
  var archive: WALArchive { WALArchive(store: store, server: server) }

  /// - Throws: ``StorageProblem/noServer(_:location:known:)`` where there is nothing at all.
  func survey() async throws -> ArchiveSurvey {
    let survey = try await ArchiveSurvey(catalogue, archive)
    if survey.backups.isEmpty, survey.unreadable.isEmpty, survey.files.isEmpty {
      throw StorageProblem.noServer(server, location: store.location, known: try await Self.servers(store))
    }
    return survey
  }

  /// The folders that hold backups or write-ahead log.
  static func servers(_ store: any ObjectStore) async throws -> [String] {
    var found: [String] = []
    for folder in try await store.folders("") {
      if try await store.folders("\(folder)/").contains(where: { ["base", "wals"].contains($0) }) {
        found.append(folder)
      }
    }
    return found.sorted()
  }
}
