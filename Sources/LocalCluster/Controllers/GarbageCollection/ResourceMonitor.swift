import Kubernetes
import Logging
import Synchronization

/// What became of an object of any kind.
enum MetadataChange: Sendable {
  case present(GraphObject)
  case absent(GraphObject)
}

/// Follows the metadata of all objects of all kinds, those of custom resources included, and of nothing else.
final class ResourceMonitor: Sendable {
  /// Receives every change, one after the other for each kind. Waiting in it slows the watch down, so nothing piles up.
  typealias Sink = @Sendable (MetadataChange) async -> Void

  let discovery: APIDiscovery
  private let client: KubernetesClient
  private let definitions: ObjectCache<CustomResourceDefinition>
  private let sinks: [Sink]
  private let logger: Logger
  private let followed = Mutex<Set<ResourceType>>([])
  private let backoff = Backoff(first: .milliseconds(100), limit: .seconds(10))

  init(
    client: KubernetesClient, discovery: APIDiscovery, definitions: ObjectCache<CustomResourceDefinition>,
    sinks: [Sink], logger: Logger
  ) {
    self.client = client
    self.discovery = discovery
    self.definitions = definitions
    self.sinks = sinks
    self.logger = logger
  }

  /// Follows until cancelled.
  func run() async {
    await withDiscardingTaskGroup { group in
      await followNewKinds(&group)
      for await change in definitions.changes() {
        guard case .deleted = change else {
          if await discovery.covers(change.object) { continue }
          await followNewKinds(&group)
          continue
        }
      }
    }
  }

  /// Starts to follow what is new. A definition is served a moment after it is established, so this asks until it is.
  private func followNewKinds(_ group: inout DiscardingTaskGroup) async {
    var failures = 0
    while !Task.isCancelled {
      var isComplete = false
      do {
        try await discovery.refresh()
        for resource in try await discovery.resources() where Self.isOwnable(resource) {
          guard followed.withLock({ $0.insert(resource).inserted }) else { continue }
          group.addTask { await self.follow(resource) }
        }
        isComplete = true
        for definition in definitions.all() where definition.isEstablished {
          if await !discovery.covers(definition) { isComplete = false }
        }
      } catch {
        logger.debug("cannot read the kinds that are served", metadata: ["error": "\(error)"])
      }
      if isComplete { return }
      failures += 1
      try? await Task.sleep(for: backoff.jitteredDelay(afterFailures: failures))
    }
  }

  /// Events own nothing and belong to nobody, and there are many.
  private static func isOwnable(_ resource: ResourceType) -> Bool { resource.kind != "Event" }

  private func follow(_ resource: ResourceType) async {
    var known: [String: GraphObject] = [:]
    var failures = 0
    var version: String?
    while !Task.isCancelled {
      do {
        if version == nil { version = try await list(resource, &known) }
        try await watch(resource, &known, &version)
        failures = 0
      } catch let error as APIError where error.isGone {
        version = nil
      } catch let error as APIError where error.isNotFound {
        // The kind itself is gone, and all its objects with it.
        for object in known.values { await tell(.absent(object)) }
        followed.withLock { _ = $0.remove(resource) }
        return
      } catch {
        if Task.isCancelled { return }
        failures += 1
        logger.debug("cannot follow", metadata: ["kind": "\(resource.kind)", "error": "\(error)"])
        try? await Task.sleep(for: backoff.jitteredDelay(afterFailures: failures))
      }
    }
  }

  private func list(_ resource: ResourceType, _ known: inout [String: GraphObject]) async throws -> String {
    let list = try await client.list(resource)
    var gone = known
    for object in list.items.compactMap({ GraphObject($0, resource) }) {
      gone[object.uid] = nil
      await put(object, &known)
    }
    for (uid, object) in gone {
      known[uid] = nil
      await tell(.absent(object))
    }
    return list.resourceVersion
  }

  private func watch(
    _ resource: ResourceType, _ known: inout [String: GraphObject], _ version: inout String?
  ) async throws {
    let began = ContinuousClock.now
    var hasSeenEvents = false
    for try await event in client.watch(resource, from: version ?? "") {
      hasSeenEvents = true
      switch event {
      case .bookmark(let resourceVersion): version = resourceVersion
      case .added(let json), .modified(let json):
        version = json[path: ["metadata", "resourceVersion"]]?.stringValue ?? version
        if let object = GraphObject(json, resource) { await put(object, &known) }
      case .deleted(let json):
        version = json[path: ["metadata", "resourceVersion"]]?.stringValue ?? version
        guard let object = GraphObject(json, resource) else { continue }
        known[object.uid] = nil
        await tell(.absent(object))
      }
    }
    // Watches end after some minutes; one that ends at once must not be opened in a tight loop.
    if !hasSeenEvents, ContinuousClock.now - began < .seconds(1) { try await Task.sleep(for: .seconds(1)) }
  }

  /// Most changes of an object, a Lease's heartbeat for instance, change nothing here.
  private func put(_ object: GraphObject, _ known: inout [String: GraphObject]) async {
    guard known.updateValue(object, forKey: object.uid) != object else { return }
    await tell(.present(object))
  }

  private func tell(_ change: MetadataChange) async {
    for sink in sinks { await sink(change) }
  }
}

extension CustomResourceDefinition {
  fileprivate var isEstablished: Bool {
    !isBeingDeleted && status?.conditions?.contains { $0.type == "Established" && $0.status == "True" } ?? false
  }
}

extension GraphObject {
  /// - Returns: nil for what is no object of the API.
  init?(_ json: JSON, _ resource: ResourceType) {
    guard let metadata = json["metadata"], let uid = metadata["uid"]?.stringValue,
      let name = metadata["name"]?.stringValue
    else { return nil }
    self.uid = uid
    location = ObjectLocation(
      resource: resource, namespace: resource.isNamespaced ? metadata["namespace"]?.stringValue : nil, name: name)
    owners = (metadata["ownerReferences"]?.arrayValue ?? []).compactMap { try? $0.decoded(as: OwnerReference.self) }
    finalizers = (metadata["finalizers"]?.arrayValue ?? []).compactMap(\.stringValue)
    isBeingDeleted = metadata["deletionTimestamp"]?.stringValue != nil
  }
}
