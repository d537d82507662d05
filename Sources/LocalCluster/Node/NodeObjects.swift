import Foundation
import Kubernetes

/// The objects a node looks at, kept up to date by watches.
struct NodeObjects: Sendable {
  let pods: ObjectCache<Pod>
  private let services: ObjectCache<Service>
  private let secrets: ObjectCache<Secret>
  private let configMaps: ObjectCache<ConfigMap>
  private let claims: ObjectCache<PersistentVolumeClaim>
  private let volumes: ObjectCache<PersistentVolume>

  init(_ client: KubernetesClient, node: String) {
    pods = ObjectCache(client, fields: "spec.nodeName=\(node)")
    services = ObjectCache(client)
    secrets = ObjectCache(client)
    configMaps = ObjectCache(client)
    claims = ObjectCache(client)
    volumes = ObjectCache(client)
  }

  /// Watches until it is cancelled.
  func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await pods.run() }
      group.addTask { try await services.run() }
      group.addTask { try await secrets.run() }
      group.addTask { try await configMaps.run() }
      group.addTask { try await claims.run() }
      group.addTask { try await volumes.run() }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  /// Returns when all have been listed once: only then is it known which pods are gone.
  func synced() async {
    await pods.synced()
    await services.synced()
    await secrets.synced()
    await configMaps.synced()
    await claims.synced()
    await volumes.synced()
  }

  /// Tells the pods when something changes that they may use, until it is cancelled.
  func notify(_ manager: PodManager) async {
    await withDiscardingTaskGroup { group in
      group.addTask {
        for await change in secrets.changes() { await manager.noteObjectChange(namespace: change.object.namespace) }
      }
      group.addTask {
        for await change in configMaps.changes() { await manager.noteObjectChange(namespace: change.object.namespace) }
      }
      group.addTask {
        for await change in claims.changes() { await manager.noteObjectChange(namespace: change.object.namespace) }
      }
      group.addTask { for await _ in volumes.changes() { await manager.noteObjectChange(namespace: nil) } }
      group.addTask {
        for await change in services.changes() {
          // A change of labels or status changes no name.
          if case .updated(let old, let new) = change, PodHosts.Entry(old) == PodHosts.Entry(new) { continue }
          await manager.noteObjectChange(namespace: nil)
        }
      }
    }
  }

  /// What pods see of the API.
  func interface(_ client: KubernetesClient, _ events: EventRecorder) -> NodeInterface {
    NodeInterface(
      secret: { [secrets] in secrets.get($1, in: $0) },
      configMap: { [configMaps] in configMaps.get($1, in: $0) },
      claim: { [claims] in claims.get($1, in: $0) },
      persistentVolume: { [volumes] in volumes.get($0) },
      services: { [services] in services.all().compactMap(PodHosts.Entry.init) },
      issueToken: { try await PodTokens.issue($0, for: $1, client: client) },
      report: { pod, patch in
        _ = try await client.patch(Pod.resource, pod.name, in: pod.namespace, .strategic(patch), subresource: "status")
      },
      remove: { pod in
        try await client.delete(Pod.self, pod.name, in: pod.namespace, gracePeriod: 0, uid: pod.uid)
      },
      event: { pod, isWarning, reason, message in
        events.record(isWarning ? .warning : .normal, reason: reason, message: message, about: pod)
      })
  }
}
