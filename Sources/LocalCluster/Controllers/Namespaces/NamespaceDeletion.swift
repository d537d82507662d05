import Foundation
import Kubernetes

/// Empties namespaces that are being deleted and then lets them go.
struct NamespaceDeletion: Sendable {
  private static let finalizer = "kubernetes"
  private let context: ControllerContext
  private let discovery: APIDiscovery
  private let queue = WorkQueue<ObjectKey>()

  init(_ context: ControllerContext, _ discovery: APIDiscovery) {
    self.context = context
    self.discovery = discovery
  }

  /// Takes in that an object went: its namespace may be empty now.
  func handle(_ change: MetadataChange) async {
    guard case .absent(let object) = change, let namespace = object.location.namespace,
      context.caches.namespaces.get(namespace)?.isBeingDeleted ?? false
    else { return }
    await queue.add(ObjectKey(namespace))
  }

  var controller: Controller<ObjectKey> {
    let caches = context.caches
    return Controller(
      "namespace", caches: [caches.namespaces],
      sources: [Controller.keys(of: caches.namespaces) { $0.object.isBeingDeleted ? [$0.key] : [] }],
      queue: queue, logger: context.logger
    ) { key in
      guard let namespace = caches.namespaces.get(key), namespace.isBeingDeleted,
        namespace.spec?.finalizers?.contains(Self.finalizer) ?? false
      else { return nil }
      return try await empty(namespace)
    }
  }

  private func empty(_ namespace: Namespace) async throws -> Duration? {
    var status = namespace.status ?? NamespaceStatus()
    status.phase = "Terminating"
    // Nothing can be created in it any more once this is written.
    if let written = try await context.writeStatus(of: namespace, from: namespace.status, to: status) {
      context.caches.namespaces.observe(written)
    }
    var content = NamespaceContent()
    try await discovery.refresh()
    for resource in try await discovery.resources() where resource.isNamespaced {
      do {
        content.add(resource, try await empty(namespace.name, of: resource))
      } catch let error as APIError where error.isNotFound {
        continue
      } catch let error as APIError {
        content.failures.append("\(resource.plural): \(error.message)")
      }
    }
    let before = status
    status.conditions = content.conditions(before: status.conditions ?? [], now: .now)
    if let written = try await context.writeStatus(of: namespace, from: before, to: status) {
      context.caches.namespaces.observe(written)
    }
    // Whatever goes brings the namespace here again; a failure is tried again after a while.
    guard content.isEmpty else { return content.failures.isEmpty ? nil : .seconds(5) }
    try await finalize(namespace.name, uid: namespace.uid)
    return nil
  }

  /// Deletes all objects of a kind.
  ///
  /// - Returns: those that are left, because finalizers or grace keep them.
  private func empty(_ namespace: String, of resource: ResourceType) async throws -> [GraphObject] {
    let present = try await client.list(resource, in: namespace).items.compactMap { GraphObject($0, resource) }
    guard !present.isEmpty else { return [] }
    for object in present where !object.isBeingDeleted {
      try await context.ifPresent {
        try await client.delete(
          resource, object.location.name, in: namespace, propagation: "Background", uid: object.uid)
      }
    }
    return try await client.list(resource, in: namespace).items.compactMap { GraphObject($0, resource) }
  }

  private var client: KubernetesClient { context.client }

  /// Takes the finalizer out, which only the `finalize` subresource can.
  private func finalize(_ name: String, uid: String) async throws {
    guard var namespace = try await client.find(Namespace.resource, name),
      namespace[path: ["metadata", "uid"]]?.stringValue == uid
    else { return }
    let finalizers = namespace[path: ["spec", "finalizers"]]?.arrayValue ?? []
    namespace[path: ["spec", "finalizers"]] = .array(finalizers.filter { $0.stringValue != Self.finalizer })
    try await context.ifPresent {
      try await client.replace(Namespace.resource, namespace, subresource: "finalize")
    }
  }
}
