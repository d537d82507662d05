import Logging

/// Brings the world closer to what objects ask for, one key at a time.
///
/// Level-based: a reconciliation gets a key and nothing else, looks at what is and what should be, and takes the next
/// step. It may be called at any time, again and again, and must not mind.
public struct Controller<Key: Hashable & Sendable & CustomStringConvertible>: Sendable {
  /// Where keys come from; runs until cancelled.
  public typealias Source = @Sendable (WorkQueue<Key>) async -> Void

  public let name: String
  public let queue: WorkQueue<Key>
  private let workers: Int
  private let deadline: Duration
  private let caches: [any RunnableCache]
  private let sources: [Source]
  private let logger: Logger
  private let reconcile: @Sendable (Key) async throws -> Duration?

  /// - Parameters:
  ///   - deadline: after which a reconciliation that hangs is cancelled and counts as failed.
  ///   - caches: which must be complete before the first reconciliation. Somebody else runs them.
  ///   - reconcile: returns after how long it wants to be called again without a change, or nil.
  public init(
    _ name: String, workers: Int = 1, deadline: Duration = .seconds(300), caches: [any RunnableCache] = [],
    sources: [Source], queue: WorkQueue<Key> = WorkQueue(), logger: Logger? = nil,
    reconcile: @escaping @Sendable (Key) async throws -> Duration?
  ) {
    self.name = name
    self.workers = workers
    self.deadline = deadline
    self.caches = caches
    self.sources = sources
    self.queue = queue
    var logger = logger ?? Logger(label: "controller")
    logger[metadataKey: "controller"] = "\(name)"
    self.logger = logger
    self.reconcile = reconcile
  }

  /// A source: the keys that each change in a cache concerns.
  public static func keys<Object>(
    of cache: ObjectCache<Object>, _ keys: @escaping @Sendable (Change<Object>) -> [Key]
  ) -> Source {
    { queue in
      for await change in cache.changes() {
        for key in keys(change) { await queue.add(key) }
      }
    }
  }

  /// A source: any sequence of keys.
  public static func keys<Keys: AsyncSequence & Sendable>(_ sequence: Keys) -> Source
  where Keys.Element == Key, Keys.Failure == Never {
    { queue in for await key in sequence { await queue.add(key) } }
  }

  /// Works until cancelled.
  public func run() async {
    for cache in caches { await cache.synced() }
    await withTaskGroup(of: Void.self) { group in
      for source in sources { group.addTask { await source(queue) } }
      for _ in 0..<workers {
        group.addTask {
          while let key = await queue.next() { await work(on: key) }
        }
      }
    }
  }

  private func work(on key: Key) async {
    do {
      let again = try await withDeadline(deadline) { try await reconcile(key) }
      await queue.done(key)
      if let again { await queue.add(key, after: again) }
    } catch {
      let delay = await queue.done(key, failed: true)
      if Task.isCancelled { return }
      // Somebody else wrote first: the next look will see it, and nothing is wrong.
      let isConflict = (error as? APIError)?.isConflict ?? false
      let text = error is DeadlineExceeded ? "it took longer than \(deadline)" : "\(error)"
      logger.log(
        level: isConflict ? .debug : .error, "reconciliation failed",
        metadata: ["object": "\(key)", "error": "\(text)", "again in": "\(delay ?? .zero)"])
    }
  }
}

extension Controller where Key == ObjectKey {
  /// A source: each object that changes, itself.
  public static func keys<Object>(of cache: ObjectCache<Object>) -> Source { keys(of: cache) { [$0.key] } }

  /// A source: the owner of each object that changes, if it is of this kind.
  public static func owners<Object>(of cache: ObjectCache<Object>, kind: ResourceType) -> Source {
    keys(of: cache) { change in
      let objects: [Object] =
        if case .updated(let old, let new) = change { [old, new] } else { [change.object] }
      return Set(
        objects.compactMap { object -> ObjectKey? in
          let owner = object.metadata.ownerReferences?.first { $0.controller == true }
          guard let owner, owner.kind == kind.kind,
            owner.apiVersion.split(separator: "/").dropLast().joined() == kind.group
          else { return nil }
          return ObjectKey(owner.name, in: kind.isNamespaced ? object.namespace : "")
        }
      ).sorted()
    }
  }
}
