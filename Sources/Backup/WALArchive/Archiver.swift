import Foundation
import Logging
import ObjectStorage
import PostgreSQL

/// Carries out what ``ArchiveQueue`` says: uploads files of write-ahead log, and answers postgres.
public actor Archiver {
  /// Whether files are archived now.
  public enum Permission: Sendable {
    case granted(Grant)
    /// Nothing is archived: postgres may forget its files.
    case notWanted
    /// postgres keeps the file and asks again.
    case refused(String)
    /// postgres is being stopped.
    case stopping
  }

  /// Where files go.
  public struct Grant: Sendable {
    /// Of a server that has led since: segments of earlier ones may be in the archive. Nil where it always has led.
    public var timeline: TimelineID?
    /// Files to upload at the same time.
    public var parallel: Int
    public var archive: @Sendable () async throws -> WALArchive

    public init(timeline: TimelineID?, parallel: Int, archive: @escaping @Sendable () async throws -> WALArchive) {
      self.timeline = timeline
      self.parallel = parallel
      self.archive = archive
    }
  }

  /// What it needs to know, each time anew.
  public struct Surroundings: Sendable {
    public var permission: @Sendable () -> Permission
    public var systemIdentifier: @Sendable () -> SystemIdentifier?
    /// Throws where what an archive holds is not this cluster's (``ArchiveIdentity``). Asked before the first file.
    public var recognize: @Sendable (WALArchive) async throws -> Void
    /// Is told of each upload.
    public var outcome: @Sendable (ArchiveOutcome) async -> Void

    public init(
      permission: @escaping @Sendable () -> Permission,
      systemIdentifier: @escaping @Sendable () -> SystemIdentifier?,
      recognize: @escaping @Sendable (WALArchive) async throws -> Void,
      outcome: @escaping @Sendable (ArchiveOutcome) async -> Void
    ) {
      self.permission = permission
      self.systemIdentifier = systemIdentifier
      self.recognize = recognize
      self.outcome = outcome
    }
  }

  private let data: String
  private let surroundings: Surroundings
  private let logger: Logger
  private var queue = ArchiveQueue()
  private var askers: [Int: CheckedContinuation<HelperAnswer, Never>] = [:]
  private var lastNumber = 0
  private var isStopping = false
  /// The store whose contents were found to be this cluster's.
  private var recognized: WALArchive.Place?
  private var failures = 0
  /// When a file last arrived.
  private var archivedAt: ContinuousClock.Instant?
  /// Something could not be uploaded.
  private let failed = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  private let uploads = AsyncStream.makeStream(of: WALFileName.self)
  /// The last file that this manager has brought to safety.
  public private(set) var lastArchived: WALFileName?

  /// - Parameter data: the data directory.
  public init(data: String, surroundings: Surroundings, logger: Logger) {
    self.data = data
    self.surroundings = surroundings
    self.logger = logger
  }

  /// Uploads what is to be uploaded, until cancelled.
  public func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.tryAgain() }
      for await name in uploads.stream { group.addTask { await self.upload(name) } }
      group.cancelAll()
    }
    perform(queue.refuse(.stop))
  }

  /// postgres asks three times, and then not again for a minute. What has failed is tried meanwhile, so that the archive is
  /// complete, and known to be, soon after it takes files again.
  private func tryAgain() async {
    for await _ in failed.stream {
      try? await Task.sleep(for: .milliseconds(500) + RetryPolicy().pause(afterFailures: max(1, failures)))
      if case .granted = permission { look() }
    }
  }

  /// postgres asks whether it may forget a file.
  public func archive(_ name: WALFileName) async -> HelperAnswer {
    switch permission {
    case .notWanted: return .done
    case .refused(let text): return .failed(text)
    case .stopping: return .stop
    case .granted(let grant):
      // A primary always keeps a second upload going: while one is compressed, the other is on its way.
      queue.limit = max(2, grant.parallel)
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
  public func stop() {
    isStopping = true
    perform(queue.refuse(.stop))
  }

  public func resume() { isStopping = false }

  private var permission: Permission {
    switch surroundings.permission() {
    case .notWanted: .notWanted
    case let other: isStopping ? .stopping : other
    }
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
    let path = "\(data)/pg_wal/archive_status"
    guard let entries = try? FileManager.default.contentsOfDirectory(atPath: path) else { return }
    let ready = entries.lazy.filter { $0.hasSuffix(".ready") }.compactMap { WALFileName($0.dropLast(6)) }
    perform(queue.noticed(Set(ready)))
  }

  /// A store that does not answer has failed long before the last of the tries has come to nothing. So that is told early:
  /// once no other file has arrived for a while either.
  ///
  /// - Parameter size: of the file. On a slow line a large one may take its time.
  private func tellOfDelay(_ name: WALFileName, size: Int) async {
    let patience = Duration.seconds(10 + size >> 21)
    let begin = ContinuousClock.now
    while case let end = max(begin, archivedAt ?? begin) + patience, end > .now {
      guard (try? await Task.sleep(until: end, clock: .continuous)) != nil else { return }
    }
    let text = "the store has not confirmed it within \(patience.components.seconds) s; it is still being tried"
    logger.warning("archiving takes long", metadata: ["file": "\(name)"])
    await surroundings.outcome(.failed(name, text))
  }

  private func upload(_ name: WALFileName) async {
    do {
      let path = "\(data)/pg_wal/\(name)"
      let attributes = try? FileManager.default.attributesOfItem(atPath: path)
      // Ends with this scope.
      async let _: Void = tellOfDelay(name, size: attributes?[.size] as? Int ?? 0)
      // It may have been a while since somebody asked.
      guard case .granted(let grant) = permission else {
        perform(queue.failed(name, "nothing is archived from here any more"))
        return
      }
      let archive = try await grant.archive()
      if recognized != archive.place { try await surroundings.recognize(archive) }
      recognized = archive.place
      // What the former primary has archived is the same as what this instance got from it.
      let isOlder = grant.timeline.map { name.timeline < $0 } ?? false
      let isThere = isOlder && name.kind == .segment ? try await archive.contains(name) : false
      if !isThere { try await archive.upload(name, from: path, of: surroundings.systemIdentifier()) }
      lastArchived = name
      archivedAt = .now
      failures = 0
      perform(queue.uploaded(name))
      await surroundings.outcome(.archived(name))
    } catch {
      if error is CancellationError || Task.isCancelled {
        perform(queue.failed(name, "the archiver ends"))
        return
      }
      logger.error("cannot archive", metadata: ["file": "\(name)", "error": "\(error)"])
      failures += 1
      perform(queue.failed(name, "\(error)"))
      failed.continuation.yield()
      await surroundings.outcome(.failed(name, "\(error)"))
    }
  }
}

/// What became of a file that was to be archived.
public enum ArchiveOutcome: Sendable {
  case archived(WALFileName)
  case failed(WALFileName, String)
}
