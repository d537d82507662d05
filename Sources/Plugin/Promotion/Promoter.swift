import ClusterAPI
import Foundation
import Kubernetes

/// Asks the instances of a Cluster to make another one their primary. They do it by themselves; nobody waits here.
public struct Promoter: Sendable {
  let client: KubernetesClient

  public init(_ client: KubernetesClient) { self.client = client }

  /// - Parameter isTrial: everything but the writing.
  /// - Returns: what was done, in a sentence.
  /// - Throws: ``ClusterProblem``, and what the API answers.
  public func promote(_ instance: String, in reference: ClusterReference, isTrial: Bool = false) async throws -> String
  {
    for _ in 1...Self.attempts {
      let cluster = try await client.cluster(reference)
      // Before the pod is asked for: of one that is the primary nothing is wanted.
      let status: JSON
      switch try Promotion(of: instance, in: cluster, now: .now) {
      case .unnecessary(let text): return text
      case .change(let change): status = change
      }
      try await check(instance, reference)
      if isTrial { return "Node \(instance) in cluster \(reference.name) would be promoted (dry run)" }
      let patch: JSON = [
        // Conditions are replaced as a whole: nobody's change in between may be lost.
        "metadata": ["resourceVersion": .string(cluster.metadata.resourceVersion ?? "")], "status": status,
      ]
      do {
        _ = try await client.patch(
          Cluster.resource, reference.name, in: reference.namespace, .merge(patch), subresource: "status")
        return "Node \(instance) in cluster \(reference.name) will be promoted"
      } catch let error as APIError where error.isConflict {
        continue
      }
    }
    throw ClusterProblem.keepsChanging(reference)
  }

  private static let attempts = 10

  private func check(_ instance: String, _ reference: ClusterReference) async throws {
    let pod: Pod
    do {
      pod = try await client.get(Pod.self, instance, in: reference.namespace)
    } catch let error as APIError where error.isNotFound {
      throw ClusterProblem.noInstance(instance, reference, reason: error.message)
    }
    guard pod.labels[Labels.cluster] == reference.name, pod.labels[Labels.podRole] == PodRole.instance.rawValue else {
      throw ClusterProblem.noInstance(instance, reference, reason: "that pod is no instance of \(reference.name)")
    }
  }
}
