import ClusterAPI
import Kubernetes

extension KubernetesClient {
  /// - Throws: ``ClusterProblem/noCluster(_:reason:)``, which says what to look at.
  func cluster(_ reference: ClusterReference) async throws -> Cluster {
    do {
      return try await get(Cluster.self, reference.name, in: reference.namespace)
    } catch let error as APIError where error.isNotFound {
      throw ClusterProblem.noCluster(reference, reason: error.message)
    }
  }
}
