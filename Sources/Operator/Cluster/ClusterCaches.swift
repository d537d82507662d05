import ClusterAPI
import Kubernetes

/// What the controllers watch. Each kind is listed once and then followed.
struct ClusterCaches: Sendable {
  let clusters: ObjectCache<Cluster>
  let pods: ObjectCache<Pod>
  let claims: ObjectCache<PersistentVolumeClaim>
  let services: ObjectCache<Service>
  let secrets: ObjectCache<Secret>
  let serviceAccounts: ObjectCache<ServiceAccount>
  let roles: ObjectCache<Role>
  let roleBindings: ObjectCache<RoleBinding>
  let budgets: ObjectCache<PodDisruptionBudget>
  let leases: ObjectCache<Lease>
  let quorums: ObjectCache<FailoverQuorum>
  let nodes: ObjectCache<Node>
  let backups: ObjectCache<Backup>
  let schedules: ObjectCache<ScheduledBackup>

  init(_ client: KubernetesClient, namespace: String?) {
    clusters = ObjectCache(client, in: namespace)
    // Everything we make carries the Cluster's name as a label, but for certificates' Secrets.
    let ours = Labels.cluster
    pods = ObjectCache(client, in: namespace, labels: ours)
    claims = ObjectCache(client, in: namespace, labels: ours)
    services = ObjectCache(client, in: namespace, labels: ours)
    secrets = ObjectCache(client, in: namespace)
    serviceAccounts = ObjectCache(client, in: namespace, labels: ours)
    roles = ObjectCache(client, in: namespace, labels: ours)
    roleBindings = ObjectCache(client, in: namespace, labels: ours)
    budgets = ObjectCache(client, in: namespace, labels: ours)
    leases = ObjectCache(client, in: namespace, labels: ours)
    quorums = ObjectCache(client, in: namespace, labels: ours)
    nodes = ObjectCache(client)
    backups = ObjectCache(client, in: namespace)
    schedules = ObjectCache(client, in: namespace)
  }

  /// Follows all of them until cancelled.
  func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await clusters.run() }
      group.addTask { try await pods.run() }
      group.addTask { try await claims.run() }
      group.addTask { try await services.run() }
      group.addTask { try await secrets.run() }
      group.addTask { try await serviceAccounts.run() }
      group.addTask { try await roles.run() }
      group.addTask { try await roleBindings.run() }
      group.addTask { try await budgets.run() }
      group.addTask { try await leases.run() }
      group.addTask { try await quorums.run() }
      group.addTask { try await nodes.run() }
      group.addTask { try await backups.run() }
      group.addTask { try await schedules.run() }
      try await group.waitForAll()
    }
  }

  func synced() async {
    await clusters.synced()
    await pods.synced()
    await claims.synced()
    await services.synced()
    await secrets.synced()
    await serviceAccounts.synced()
    await roles.synced()
    await roleBindings.synced()
    await budgets.synced()
    await leases.synced()
    await quorums.synced()
    await nodes.synced()
    await backups.synced()
    await schedules.synced()
  }

  /// Adds the key of the Cluster that a change concerns to the queue, until cancelled.
  func feed(_ queue: WorkQueue<ObjectKey>) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        for await change in clusters.changes() { await queue.add(change.object.key) }
      }
      func children<T: APIObject>(_ cache: ObjectCache<T>) {
        group.addTask {
          for await change in cache.changes() {
            if let key = change.object.ownerKey { await queue.add(key) }
          }
        }
      }
      children(pods)
      children(claims)
      children(services)
      children(serviceAccounts)
      children(roles)
      children(roleBindings)
      children(budgets)
      children(leases)
      children(quorums)
      group.addTask {
        for await change in nodes.changes() {
          for key in concerned(change) { await queue.add(key) }
        }
      }
      group.addTask {
        for await change in backups.changes() {
          for key in restored(from: change.object) { await queue.add(key) }
        }
      }
      group.addTask {
        for await change in secrets.changes() {
          for key in concerned(change.object) { await queue.add(key) }
        }
      }
      await group.waitForAll()
    }
  }

  /// The Clusters that have an instance on a node of which something changed that they look at; its heartbeats are not.
  private func concerned(_ change: Change<Node>) -> [ObjectKey] {
    if case .updated(let old, let new) = change, old.labels == new.labels, old.spec == new.spec { return [] }
    return Set(pods.all().filter { $0.spec?.nodeName == change.object.name }.compactMap(\.ownerKey)).sorted()
  }

  /// The Clusters that begin with a Backup.
  private func restored(from backup: Backup) -> [ObjectKey] {
    clusters.all(in: backup.namespace).filter { $0.spec.bootstrap?.recovery?.backup?.name == backup.name }.map(\.key)
  }

  /// The Clusters that a Secret matters to: its owner, or those that name it.
  private func concerned(_ secret: Secret) -> [ObjectKey] {
    if let owner = secret.ownerKey { return [owner] }
    return clusters.all().filter { cluster in
      cluster.namespace == secret.namespace
        && Blueprint(cluster: cluster, settings: OperatorSettings()).secretNames.contains(secret.name)
    }.map(\.key)
  }
}

extension APIObject {
  var key: ObjectKey { ObjectKey(self) }

  /// The Cluster that controls this object.
  var ownerKey: ObjectKey? {
    (metadata.ownerReferences ?? [])
      .first {
        $0.controller == true && $0.kind == Cluster.resource.kind && $0.apiVersion == Cluster.resource.apiVersion
      }
      .map { ObjectKey($0.name, in: namespace) }
  }

  func isOwned(by cluster: Cluster) -> Bool {
    (metadata.ownerReferences ?? []).contains { $0.uid == cluster.uid && $0.controller == true }
  }
}
