import Kubernetes
import Logging
import ServiceLifecycle

/// One cache a kind for everything that runs in the control plane's process: the scheduler, the controllers and the
/// service proxy see the same state and cost one watch.
public final class ClusterCaches: ServiceLifecycle.Service {
  /// Where nodes keep the Leases of their heartbeats.
  static let nodeLeases = "kube-node-lease"
  static let rootAuthority = "kube-root-ca.crt"

  let pods: ObjectCache<Pod>
  let nodes: ObjectCache<Node>
  let namespaces: ObjectCache<Namespace>
  let services: ObjectCache<Kubernetes.Service>
  let endpointSlices: ObjectCache<EndpointSlice>
  let claims: ObjectCache<PersistentVolumeClaim>
  let volumes: ObjectCache<PersistentVolume>
  let storageClasses: ObjectCache<StorageClass>
  let deployments: ObjectCache<Deployment>
  let replicaSets: ObjectCache<ReplicaSet>
  let jobs: ObjectCache<Job>
  let budgets: ObjectCache<PodDisruptionBudget>
  let definitions: ObjectCache<CustomResourceDefinition>
  /// Heartbeats of nodes only.
  let leases: ObjectCache<Lease>
  /// Those named `default` only.
  let serviceAccounts: ObjectCache<ServiceAccount>
  /// Those named `kube-root-ca.crt` only.
  let authorities: ObjectCache<ConfigMap>

  public init(_ client: KubernetesClient, logger: Logger = Logger(label: "caches")) {
    pods = ObjectCache(client, logger: logger)
    nodes = ObjectCache(client, logger: logger)
    namespaces = ObjectCache(client, logger: logger)
    services = ObjectCache(client, logger: logger)
    endpointSlices = ObjectCache(client, logger: logger)
    claims = ObjectCache(client, logger: logger)
    volumes = ObjectCache(client, logger: logger)
    storageClasses = ObjectCache(client, logger: logger)
    deployments = ObjectCache(client, logger: logger)
    replicaSets = ObjectCache(client, logger: logger)
    jobs = ObjectCache(client, logger: logger)
    budgets = ObjectCache(client, logger: logger)
    definitions = ObjectCache(client, logger: logger)
    leases = ObjectCache(client, in: Self.nodeLeases, logger: logger)
    serviceAccounts = ObjectCache(client, fields: "metadata.name=default", logger: logger)
    authorities = ObjectCache(client, fields: "metadata.name=\(Self.rootAuthority)", logger: logger)
  }

  private var all: [any RunnableCache] {
    [
      pods, nodes, namespaces, services, endpointSlices, claims, volumes, storageClasses, deployments, replicaSets,
      jobs,
      budgets, definitions, leases, serviceAccounts, authorities,
    ]
  }

  /// Follows the API server until shutdown or cancellation.
  public func run() async {
    await cancelWhenGracefulShutdown { [all] in
      await withTaskGroup(of: Void.self) { group in
        for cache in all {
          // A cache ends only when it is cancelled.
          group.addTask { try? await cache.run() }
        }
      }
    }
  }
}
