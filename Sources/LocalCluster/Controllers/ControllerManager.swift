import Kubernetes
import Logging
import ServiceLifecycle

/// The controllers of the embedded control plane.
///
/// Everything is driven by changes that the caches report; nothing is listed or checked periodically.
public struct ControllerManager: ServiceLifecycle.Service {
  private let context: ControllerContext

  /// - Parameter caches: shared with the scheduler and the proxy; somebody else runs them.
  public init(settings: ControllerSettings, client: KubernetesClient, caches: ClusterCaches, logger: Logger) {
    context = ControllerContext(
      client: client, caches: caches,
      events: EventRecorder(client, component: "controller-manager", instance: "matriarch", logger: logger),
      settings: settings, logger: logger)
  }

  /// Works until shutdown or cancellation.
  public func run() async {
    let discovery = APIDiscovery(client: context.client)
    let collector = GarbageCollector(context, discovery)
    let namespaces = NamespaceDeletion(context, discovery)
    let monitor = ResourceMonitor(
      client: context.client, discovery: discovery, definitions: context.caches.definitions,
      sinks: [{ await collector.handle($0) }, { await namespaces.handle($0) }], logger: context.logger)
    await cancelWhenGracefulShutdown { [context] in
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await context.events.run() }
        group.addTask { await monitor.run() }
        group.addTask { await collector.controller.run() }
        group.addTask { await namespaces.controller.run() }
        group.addTask { await NamespaceFurnishing(context).controller.run() }
        group.addTask { await EndpointSliceController(context).controller.run() }
        group.addTask { await ReplicaSetController(context).controller.run() }
        group.addTask { await DeploymentController(context).controller.run() }
        group.addTask { await JobController(context).controller.run() }
        group.addTask { await DisruptionBudgetController(context, discovery).controller.run() }
        group.addTask { await VolumeProvisioning(context).run() }
        group.addTask { await NodeLifecycleController(context).controller.run() }
        group.addTask { await TaintEvictionController(context).controller.run() }
        group.addTask { await PodGarbageCollector(context).controller.run() }
      }
    }
  }
}
