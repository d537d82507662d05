import Backup
import Foundation
import Glibc
import Kubernetes
import Logging
import ObjectStorage
import PostgreSQL
import Processes

/// Answers `restore_command`: puts files of the archive where recovery looks for them, and fetches ahead what it will ask
/// for next.
///
/// While a cluster is restored an answer is certain or does not come: what cannot be asked must not look like the end of
/// the archive, for recovery would end there. A standby that its primary cannot help any more is told what there is now;
/// at all other times there is nothing. So nobody waits for a store who could go on without it, a promotion least of all.
actor LogFetcher {
  private let data: String
  /// Beside the log, so that a file is moved, not copied.
  private let spool: String
  private let logger: Logger
  private let trouble: @Sendable (String?) async -> Void

  private struct Source {
    /// Which of them it is: who has asked before must not get in the way of the postgres that runs now.
    var number: Int
    var archive: WALArchive
    var parallel: Int
    var isPatient: Bool
    var endsAtDamage: Bool
  }

  /// Where files come from at the moment.
  private var source: Source?
  private var beginnings = 0
  private var fetches: [WALFileName: Task<Bool, any Error>] = [:]
  private var segmentSize = WALSegmentSize.standard

  /// - Parameter trouble: is told why an answer has to wait, and nil when it need not any more.
  init(
    environment: InstanceEnvironment, logger: Logger, trouble: @escaping @Sendable (String?) async -> Void
  ) {
    data = environment.paths.data
    spool = (environment.walVolume ?? URL(fileURLWithPath: data).deletingLastPathComponent().path) + "/restore-spool"
    self.logger = logger
    self.trouble = trouble
  }

  /// From now on files come from there.
  ///
  /// - Parameters:
  ///   - parallel: files to fetch at the same time.
  ///   - isPatient: whether postgres waits until the store answers.
  ///   - endsAtDamage: whether what is damaged counts as not there. That is safe where recovery has a target: either it lies
  ///     before, or PostgreSQL refuses to start without having reached it. It asks for files well before it needs them.
  func begin(
    _ archive: WALArchive, parallel: Int, segmentSize: WALSegmentSize, isPatient: Bool = true,
    endsAtDamage: Bool = false
  ) async throws {
    await end()
    let spool = spool
    try await Blocking.run {
      try? FileManager.default.removeItem(atPath: spool)
      try FileManager.default.createDirectory(atPath: spool, withIntermediateDirectories: true)
    }
    self.segmentSize = segmentSize
    beginnings += 1
    source = Source(
      number: beginnings, archive: archive, parallel: max(1, parallel), isPatient: isPatient,
      endsAtDamage: endsAtDamage)
  }

  /// Nothing is fetched any more.
  func end() async {
    source = nil
    for fetch in fetches.values { fetch.cancel() }
    for fetch in fetches.values { _ = await fetch.result }
    fetches = [:]
    let spool = spool
    _ = try? await Blocking.run { try FileManager.default.removeItem(atPath: spool) }
  }

  func restore(_ name: WALFileName, to path: String) async -> HelperAnswer {
    guard let source else { return .missing }
    var isTroubled = false
    let backoff = Backoff(first: .milliseconds(500), limit: .seconds(10))
    for attempt in 1... {
      do {
        let isThere = try await fetch(name, from: source.archive).value
        guard isCurrent(source) else { return source.isPatient ? .stop : .missing }
        if isTroubled { await trouble(nil) }
        fetches[name] = nil
        prefetch(after: name, isThere: isThere, source.archive, source.parallel)
        guard isThere else { return .missing }
        try await move(name, to: "\(data)/\(path)")
        return .done
      } catch {
        if isCurrent(source) { fetches[name] = nil }
        guard source.isPatient else { return .missing }
        guard isCurrent(source), !Task.isCancelled else { return .stop }
        logger.warning("cannot fetch; trying again", metadata: ["file": "\(name)", "error": "\(error)"])
        isTroubled = true
        await trouble("\(name) cannot be fetched from the archive: \(error)")
        if source.endsAtDamage, error is WALArchiveError { return .missing }
        try? await Task.sleep(for: backoff.delay(afterFailures: attempt))
        guard isCurrent(source) else { return .stop }
      }
    }
    return .stop
  }

  private func isCurrent(_ source: Source) -> Bool { self.source?.number == source.number }

  /// A task of its own, because nobody asks for the file yet; ``end()`` waits for it.
  private func fetch(_ name: WALFileName, from archive: WALArchive) -> Task<Bool, any Error> {
    if let known = fetches[name] { return known }
    let path = "\(spool)/\(name)"
    let fetch = Task { try await archive.fetch(name, to: path) }
    fetches[name] = fetch
    return fetch
  }

  /// Recovery goes on with the segments that follow, on the same timeline. At the end of that others are asked for, and what
  /// was fetched in vain is forgotten.
  private func prefetch(after name: WALFileName, isThere: Bool, _ archive: WALArchive, _ parallel: Int) {
    guard isThere, name.kind == .segment, var segment = WALSegment(fileName: name.text, size: segmentSize) else {
      return
    }
    var wanted: Set<WALFileName> = []
    for _ in 1..<max(2, parallel + 1) {
      segment = segment.next
      wanted.insert(WALFileName(segment))
    }
    for (other, task) in fetches where !wanted.contains(other) {
      task.cancel()
      fetches[other] = nil
    }
    for next in wanted.sorted(by: WALFileName.isArchivedBefore) { _ = fetch(next, from: archive) }
  }

  private func move(_ name: WALFileName, to target: String) async throws {
    let path = "\(spool)/\(name)"
    try await Blocking.run {
      // What an earlier attempt of recovery left.
      unlink(target)
      try FileManager.default.moveItem(atPath: path, toPath: target)
    }
  }
}
