import Backup
import ClusterAPI
import Failover
import Foundation
import Logging
import ObjectStorage
import PostgreSQL
import Processes

/// Carries out what ``ArchiveQueue`` says: uploads files of write-ahead log, and answers postgres.
actor Archiver {
  /// What it needs to know, each time anew.
  struct Surroundings: Sendable {
    var cluster: @Sendable () -> Cluster?
    var goal: @Sendable () -> Goal?
    var systemIdentifier: @Sendable () -> SystemIdentifier?
  }

  private let environment: InstanceEnvironment
  private let archives: Archives
  private let surroundings: Surroundings
  private let logger: Logger
  private var queue = ArchiveQueue()
  private var askers: [Int: CheckedContinuation<HelperAnswer, Never>] = [:]
  private var lastNumber = 0
  private var isStopping = false
  /// The store whose contents were found to be this cluster's.
  private var recognized: WALArchive.Place?
  private let uploads = AsyncStream.makeStream(of: WALFileName.self)
  private let outcome: @Sendable (ArchiveOutcome) async -> Void

  /// The last file that this manager has brought to safety.
  private(set) var lastArchived: WALFileName?

  /// - Parameter outcome: is told of each upload.
  init(
    environment: InstanceEnvironment, archives: Archives, surroundings: Surroundings, logger: Logger,
    outcome: @escaping @Sendable (ArchiveOutcome) async -> Void
  ) {
    self.environment = environment
    self.archives = archives
    self.surroundings = surroundings
    self.logger = logger
    self.outcome = outcome
  }

  /// Uploads what is to be uploaded, until cancelled.
  func run() async {
    await withDiscardingTaskGroup { group in
      for await name in uploads.stream { group.addTask { await self.upload(name) } }
      group.cancelAll()
    }
    perform(queue.refuse(.stop))
  }

  /// postgres asks whether it may forget a file.
  func archive(_ name: WALFileName) async -> HelperAnswer {
    switch permission {
    case .notWanted: return .done
    case .refused(let text): return .failed(text)
    case .stopping: return .stop
    case .granted(let store, _):
      // A primary always keeps a second upload going: while one is compressed, the other is on its way.
      queue.limit = max(2, store.wal?.maxParallel ?? 1)
    }
    lastNumber += 1
    let number = lastNumber
    return await withCheckedContinuation { continuation in
      askers[number] = continuation
      perform(queue.asked(name, by: number))
    }
  }

  /// postgres is about to be stopped: it waits for its archiver, which is not to wait for the store. What is not safe yet is
  /// archived by whoever leads next.
  func stop() {
    isStopping = true
    perform(queue.refuse(.stop))
  }

  func resume() { isStopping = false }

  private var permission: ArchivePermission {
    ArchivePermission(surroundings.cluster(), goal: surroundings.goal(), isStopping: isStopping)
  }

  private func perform(_ actions: [ArchiveQueue.Action]) {
    for action in actions {
      switch action {
      case .upload(let name): uploads.continuation.yield(name)
      case .answer(let number, let answer): askers.removeValue(forKey: number)?.resume(returning: answer)
      case .look: look()
      }
    }
  }

  /// The directory is small: what is done with is removed from it at the next checkpoint.
  private func look() {
    let path = "\(environment.paths.data)/pg_wal/archive_status"
    guard let entries = try? FileManager.default.contentsOfDirectory(atPath: path) else { return }
    let ready = entries.lazy.filter { $0.hasSuffix(".ready") }.compactMap { WALFileName($0.dropLast(6)) }
    perform(queue.noticed(Set(ready)))
  }

  private func upload(_ name: WALFileName) async {
    do {
      // It may have been a while since somebody asked.
      guard case .granted(let store, let timeline) = permission, let cluster = surroundings.cluster() else {
        perform(queue.failed(name, "this instance is no longer the primary"))
        return
      }
      let archive = try await archives.archive(of: store, defaultServer: cluster.name)
      try await recognize(archive, cluster)
      let path = "\(environment.paths.data)/pg_wal/\(name)"
      // What the former primary has archived is the same as what this instance got from it.
      let isThere = name.timeline < timeline && name.kind == .segment ? try await archive.contains(name) : false
      if !isThere { try await archive.upload(name, from: path, of: surroundings.systemIdentifier()) }
      lastArchived = name
      perform(queue.uploaded(name))
      await outcome(.archived(name))
    } catch {
      if error is CancellationError || Task.isCancelled {
        perform(queue.failed(name, "the instance manager ends"))
        return
      }
      logger.error("cannot archive", metadata: ["file": "\(name)", "error": "\(error)"])
      perform(queue.failed(name, "\(error)"))
      await outcome(.failed(name, "\(error)"))
    }
  }

  /// Before the first file: what is in the archive has to be this cluster's own, or nothing where it is a new one.
  private func recognize(_ archive: WALArchive, _ cluster: Cluster) async throws {
    guard recognized != archive.place else { return }
    let mark = NewArchiveMark(data: environment.paths.data)
    let isNew = mark.isSet && cluster.annotations[Annotations.skipEmptyWalArchiveCheck] != "enabled"
    try ArchiveIdentity.check(
      try await archive.content(), of: surroundings.systemIdentifier(), isNew: isNew, place: archive.place)
    try await Blocking.run { try mark.remove() }
    recognized = archive.place
  }
}

/// What became of a file that was to be archived.
enum ArchiveOutcome: Sendable {
  case archived(WALFileName)
  case failed(WALFileName, String)
}
