import AsyncHTTPClient
import ClusterAPI
import Foundation
import Kubernetes
import Logging
import ServiceLifecycle

/// The operator: webhooks in every replica, controllers in the one that leads.
public struct Operator: ServiceLifecycle.Service {
  static let leaseName = "db9c8771.cnpg.io"

  let client: KubernetesClient
  let settings: OperatorSettings
  let identity: String
  let address: String
  let logger: Logger

  /// - Parameters:
  ///   - identity: a name for this process that no other has at the same time: the pod's.
  ///   - address: where the webhooks listen: the pod's address.
  public init(client: KubernetesClient, settings: OperatorSettings, identity: String, address: String, logger: Logger) {
    self.client = client
    self.settings = settings
    self.identity = identity
    self.address = address
    self.logger = logger
  }

  /// Reads the settings of an operator in a pod: the environment, the ConfigMap and the Secret.
  public static func settings(
    from environment: [String: String], client: KubernetesClient
  ) async throws -> OperatorSettings {
    let namespace = OperatorSettings(values: environment).namespace
    let name = OperatorSettings.configurationName
    let map = try await client.find(ConfigMap.self, name, in: namespace)?.data ?? [:]
    let secret = try await client.find(Secret.self, name, in: namespace)
    let secretValues = Dictionary(
      uniqueKeysWithValues: (secret?.data ?? [:]).keys.compactMap { key in secret?.text(key).map { (key, $0) } })
    return OperatorSettings(
      values: environment.merging(map) { _, new in new }.merging(secretValues) { _, new in new })
  }

  public func run() async throws {
    let http = HTTPClient(eventLoopGroupProvider: .singleton)
    do {
      try await run(http)
      try await http.shutdown()
    } catch {
      try? await http.shutdown()
      throw error
    }
  }

  private func run(_ http: HTTPClient) async throws {
    for key in settings.ignored {
      logger.warning("the setting \(key) is not acted on: remove it, or set it to a value that can be taken")
    }
    let instances = try InstanceClient(http: http, logger: logger)
    let webhooks = WebhookServer(
      certificates: WebhookCertificates(client: client, settings: settings, logger: logger),
      reviewer: AdmissionReviewer(settings: settings), address: address, port: 9443, logger: logger)
    let elector = LeaderElector(client, lease: Self.leaseName, namespace: settings.namespace, identity: identity)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await webhooks.run() }
      group.addTask {
        try await elector.run {
          logger.info("leading", metadata: ["identity": "\(identity)"])
          try await control(instances)
        }
      }
      try await group.next()
      group.cancelAll()
    }
  }

  /// Runs the controllers until the lead is lost.
  private func control(_ instances: InstanceClient) async throws {
    let namespace = settings.watchedNamespaces.count == 1 ? settings.watchedNamespaces[0] : nil
    let caches = ClusterCaches(client, namespace: namespace)
    func recorder(_ component: String) -> EventRecorder {
      EventRecorder(client, component: component, instance: identity)
    }
    let clusterEvents = recorder(EventReason.source)
    let backupEvents = recorder(EventReason.backupSource)
    let scheduleEvents = recorder(EventReason.scheduledBackupSource)
    let clusters = ClusterController(
      client: client, caches: caches, settings: settings, instances: instances, events: clusterEvents, logger: logger)
    let backups = BackupController(
      client: client, caches: caches, settings: settings, instances: instances, events: backupEvents, logger: logger)
    let schedules = ScheduleController(
      client: client, caches: caches, settings: settings, events: scheduleEvents, logger: logger)
    let controllers = [
      controller("clusters", caches.feed, clusters.reconcile),
      controller("backups", caches.feedBackups, backups.reconcile),
      controller("schedules", caches.feedSchedules, schedules.reconcile),
    ]
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await caches.run() }
      for events in [clusterEvents, backupEvents, scheduleEvents] { group.addTask { await events.run() } }
      for controller in controllers {
        group.addTask {
          await caches.synced()
          await controller.run()
        }
      }
      try await group.next()
      group.cancelAll()
    }
  }

  private func controller(
    _ name: String, _ source: @escaping Controller<ObjectKey>.Source,
    _ reconcile: @escaping @Sendable (ObjectKey) async throws -> Duration?
  ) -> Controller<ObjectKey> {
    let watched = Set(settings.watchedNamespaces)
    return Controller(name, workers: 4, sources: [source], logger: logger) { key in
      guard watched.isEmpty || watched.contains(key.namespace) else { return nil }
      return try await reconcile(key)
    }
  }
}
