import Logging
import Synchronization

/// Keeps a copy of all objects of a kind by listing and then watching them. Somebody must run it.
///
/// Reading never waits. Until ``synced()`` returns the copy may lack objects; afterwards it lags behind the server by
/// as much as the watch does, and what the server has lost sight of (410) is listed anew.
public final class ObjectCache<Object: APIObject>: Sendable {
  private struct Content: Sendable {
    var state = CacheState<Object>()
    var mailboxes: [Int: ChangeMailbox<Object>] = [:]
    var nextID = 0
    var waiters: [Int: AsyncStream<Never>.Continuation] = [:]
  }

  private let content = Mutex(Content())
  private let client: KubernetesClient
  private let namespace: String?
  private let labels: String?
  private let fields: String?
  private let logger: Logger
  private let backoff = Backoff(first: .milliseconds(100), limit: .seconds(10))

  /// - Parameters:
  ///   - namespace: nil means all.
  ///   - labels: a label selector's text. `fields`: a field selector's.
  public init(
    _ client: KubernetesClient, in namespace: String? = nil, labels: String? = nil, fields: String? = nil,
    logger: Logger = Logger(label: "kubernetes.cache")
  ) {
    self.client = client
    self.namespace = namespace
    self.labels = labels
    self.fields = fields
    var logger = logger
    logger[metadataKey: "kind"] = "\(Object.resource.kind)"
    self.logger = logger
  }

  // MARK: Reading

  /// All objects, in the order of their namespaces and names.
  public func all() -> [Object] {
    content.withLock { $0.state.objects }.sorted { $0.key < $1.key }.map(\.value)
  }

  /// The objects of a namespace (of all if nil) whose labels match.
  public func all(in namespace: String?, matching selector: Selector = Selector()) -> [Object] {
    content.withLock { $0.state.objects }
      .filter { (namespace == nil || $0.value.namespace == namespace) && selector.matches($0.value.labels) }
      .sorted { $0.key < $1.key }.map(\.value)
  }

  public func get(_ name: String, in namespace: String? = nil) -> Object? {
    get(ObjectKey(name, in: namespace ?? self.namespace ?? ""))
  }

  public func get(_ key: ObjectKey) -> Object? { content.withLock { $0.state.objects[key] } }

  public var hasSynced: Bool { content.withLock { $0.state.hasSynced } }

  /// Waits for the first complete list, or for cancellation.
  public func synced() async {
    let (stream, continuation) = AsyncStream<Never>.makeStream()
    let id = content.withLock { content -> Int? in
      if content.state.hasSynced { return nil }
      content.nextID += 1
      content.waiters[content.nextID] = continuation
      return content.nextID
    }
    guard let id else { return }
    for await _ in stream {}
    content.withLock { content in content.waiters[id] = nil }
  }

  /// All objects as added, then every change. Each call makes a subscription of its own.
  public func changes() -> ChangeStream<Object> {
    let mailbox = ChangeMailbox<Object>()
    let id = content.withLock { content in
      content.nextID += 1
      content.mailboxes[content.nextID] = mailbox
      mailbox.put(content.state.objects.sorted { $0.key < $1.key }.map { .added($0.value) })
      return content.nextID
    }
    mailbox.onEnd { [weak self] in self?.content.withLock { content in content.mailboxes[id] = nil } }
    return ChangeStream(mailbox: mailbox)
  }

  /// Takes in what one of one's own writes returned, so that the next look at the cache sees it although the watch has
  /// not reported it yet.
  public func observe(_ object: Object) { update { $0.observe(object) } }

  private func update(_ body: (inout CacheState<Object>) -> [Change<Object>]) {
    let waiters = content.withLock { content in
      // Under the lock, so that every subscriber sees changes in the order in which they happened.
      let changes = body(&content.state)
      for mailbox in content.mailboxes.values { mailbox.put(changes) }
      guard content.state.hasSynced else { return [AsyncStream<Never>.Continuation]() }
      defer { content.waiters = [:] }
      return Array(content.waiters.values)
    }
    for waiter in waiters { waiter.finish() }
  }

  // MARK: Following the server

  /// Follows the server until cancelled.
  public func run() async throws {
    var failures = 0
    var mustList = true
    while true {
      try Task.checkCancellation()
      do {
        if mustList {
          try await list()
          mustList = false
        }
        try await watch { failures = 0 }
      } catch let error as APIError where error.isGone {
        mustList = true
        logger.debug("listing anew", metadata: ["because": "\(error)"])
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        failures += 1
        let delay = backoff.jitteredDelay(afterFailures: failures)
        // A connection that breaks once is what servers' restarts look like.
        logger.log(
          level: failures == 1 ? .debug : .warning, "cannot follow the API server; trying again",
          metadata: ["error": "\(error)", "in": "\(delay)"])
        try await Task.sleep(for: delay)
      }
    }
  }

  private func list() async throws {
    let list = try await client.list(Object.resource, in: namespace, labels: labels, fields: fields)
    let objects = list.items.compactMap(decode)
    update { $0.replace(with: objects, resourceVersion: list.resourceVersion) }
  }

  private func watch(onProgress: () -> Void) async throws {
    let version = content.withLock { $0.state.resourceVersion } ?? ""
    let events = client.watch(Object.resource, in: namespace, labels: labels, fields: fields, from: version)
    let began = ContinuousClock.now
    var hasSeenEvents = false
    for try await event in events {
      hasSeenEvents = true
      onProgress()
      if let event = decode(event) { update { $0.handle(event) } }
    }
    // A server (or something between) that ends watches at once must not be asked in a tight loop.
    guard hasSeenEvents || ContinuousClock.now - began > .seconds(1) else {
      throw TransportError(
        kind: .connectionLost, request: "WATCH \(Object.resource.plural)", server: client.server,
        cause: "the watch ended as soon as it began")
    }
    onProgress()
  }

  private func decode(_ event: WatchEvent<JSON>) -> WatchEvent<Object>? {
    switch event {
    case .bookmark(let version): return .bookmark(resourceVersion: version)
    case .added(let json): return decode(json).map { .added($0) }
    case .modified(let json): return decode(json).map { .modified($0) }
    case .deleted(let json): return decode(json).map { .deleted($0) }
    }
  }

  /// One object that is not of its type (its schema changed, say) must not hide all others.
  private func decode(_ json: JSON) -> Object? {
    do {
      return try json.decoded(as: Object.self)
    } catch {
      logger.error(
        "an object is not of its type and is left out",
        metadata: ["object": "\(json[path: ["metadata", "name"]]?.stringValue ?? "?")", "error": "\(error)"])
      return nil
    }
  }
}

/// A cache of whatever kind, for those who run caches or wait for them.
public protocol RunnableCache: Sendable {
  func run() async throws
  func synced() async
  var hasSynced: Bool { get }
}

extension ObjectCache: RunnableCache {}
