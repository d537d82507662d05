import ClusterAPI
import Kubernetes

/// Takes an instance away: its volumes first, then its pod. The operator makes another one in its place.
public struct Destroyer: Sendable {
  let client: KubernetesClient

  public init(_ client: KubernetesClient) { self.client = client }

  private static let attempts = 10

  /// - Parameter keepsVolumes: they stay, and are the cluster's no longer.
  /// - Returns: what was done, in a sentence.
  /// - Throws: ``ClusterProblem``, and what the API answers.
  public func destroy(
    _ instance: String, in reference: ClusterReference, keepsVolumes: Bool
  ) async throws -> String {
    for _ in 1...Self.attempts {
      do {
        let plan = try await plan(instance, reference, keepsVolumes)
        for step in plan.steps { try await take(step, reference.namespace) }
        return keepsVolumes
          ? "Instance \(instance) of cluster \(reference.name) has been destroyed and the PVC was kept"
          : "Instance \(instance) of cluster \(reference.name) is destroyed"
      } catch let error as APIError where error.isConflict {
        continue
      }
    }
    throw ClusterProblem.keepsChanging(reference)
  }

  private func plan(_ instance: String, _ reference: ClusterReference, _ keepsVolumes: Bool) async throws -> Destruction
  {
    let namespace = reference.namespace
    let selector = "\(Labels.instanceName)=\(instance)"
    let cluster = try await client.cluster(reference)
    async let pod = client.find(Pod.self, instance, in: namespace)
    async let claims = client.list(PersistentVolumeClaim.self, in: namespace, labels: selector).items
    async let jobs = jobs(selector, namespace)
    return try await Destruction(
      of: instance, in: cluster, pod: pod, claims: claims, jobs: jobs, keepsVolumes: keepsVolumes)
  }

  /// Instances of Matriarch fill their own volumes. CloudNativePG makes jobs for that; who may not see them has none.
  private func jobs(_ selector: String, _ namespace: String) async throws -> [Job] {
    do {
      return try await client.list(Job.self, in: namespace, labels: selector).items
    } catch let error as APIError where error.isForbidden || error.isNotFound {
      return []
    }
  }

  private func take(_ step: Destruction.Step, _ namespace: String) async throws {
    do {
      switch step {
      case .deleteClaim(let claim):
        try await client.delete(PersistentVolumeClaim.self, claim.name, in: namespace, uid: claim.uid)
      case .detachClaim(let name, let patch):
        _ = try await client.patch(PersistentVolumeClaim.resource, name, in: namespace, .merge(patch))
      case .deletePod(let pod): try await client.delete(Pod.self, pod.name, in: namespace, uid: pod.uid)
      case .deleteJob(let job):
        try await client.delete(Job.self, job.name, in: namespace, propagation: "Background", uid: job.uid)
      }
    } catch let error as APIError where error.isNotFound {
      return  // gone already
    }
  }
}
