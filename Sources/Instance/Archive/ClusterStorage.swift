import ClusterAPI
import Kubernetes
import Logging
import ObjectStorage

/// The store of the Cluster whose pod a program runs in, for looking whether it can be used.
public struct ClusterStorage: Sendable {
  private let environment: InstanceEnvironment

  /// Nil outside of an instance's pod.
  public init?(_ variables: [String: String]) {
    guard let environment = try? InstanceEnvironment(variables: variables) else { return nil }
    self.environment = environment
  }

  /// Opens it as the instance manager does: with the Secrets that the Cluster names and the identity of the pod.
  ///
  /// - Throws: ``InstanceProblem`` where the Cluster has no store, or a Secret is missing; `ObjectStorageError` for an
  ///   address or a credential that cannot be used; what the control plane throws.
  public func store(
    _ client: KubernetesClient, variables: [String: String], logger: Logger
  ) async throws -> any ObjectStore {
    let cluster = try await client.get(Cluster.self, environment.cluster, in: environment.namespace)
    guard let manifest = cluster.spec.backup?.barmanObjectStore else {
      throw InstanceProblem.invalidConfiguration(
        "Cluster \(cluster.name) has no spec.backup.barmanObjectStore: there is no store of its own to check. "
          + "--destination-path names another.")
    }
    let controlPlane = KubernetesControlPlane(client: client, environment: environment, logger: logger)
    let access = try await StoreAccess(manifest, defaultServer: cluster.name, from: controlPlane)
    return try ObjectStores.open(access.configuration, variables: variables, logger: logger)
  }
}
