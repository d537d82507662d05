import ClusterAPI
import Foundation
import Kubernetes
import Yams

@testable import Operator

/// The reference cluster of `samples/cluster.yaml`, as the API server hands it to the operator.
func referenceCluster(_ change: (inout Cluster) -> Void = { _ in }) throws -> Cluster {
  let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  let yaml = try String(contentsOf: root.appendingPathComponent("samples/cluster.yaml"), encoding: .utf8)
  let json = try YAMLDecoder().decode(JSON.self, from: yaml)
  var cluster = try Cluster.defaulted(
    json, settings: DefaultingSettings(postgresImage: "ghcr.io/cloudnative-pg/postgresql:15")
  ).decoded(as: Cluster.self)
  cluster.metadata.namespace = "demo"
  cluster.metadata.uid = "cluster-uid"
  change(&cluster)
  return cluster
}

func blueprint(_ change: (inout Cluster) -> Void = { _ in }) throws -> Blueprint {
  Blueprint(cluster: try referenceCluster(change), settings: OperatorSettings())
}

/// A world in which the given instances exist with all their volumes, each with a ready pod, which answers, unless named
/// otherwise.
struct World {
  var observed = ObservedCluster(pods: [], claims: [])
  let blueprint: Blueprint

  init(_ blueprint: Blueprint, instances: [Int], withoutPod: [Int] = [], notReady: [Int] = []) {
    self.blueprint = blueprint
    for serial in instances {
      let instance = blueprint.instance(serial)
      for volume in blueprint.volumes(of: instance) {
        var claim = blueprint.claim(volume)
        claim.metadata.annotations?[Annotations.pvcStatus] = "ready"
        observed.claims.append(claim)
      }
      guard !withoutPod.contains(serial) else { continue }
      var pod = blueprint.pod(instance)
      pod.status = .with {
        $0.phase = "Running"
        $0.podIP = "127.64.\(serial).2"
        $0.conditions = [
          .with {
            $0.type = "Ready"
            $0.status = notReady.contains(serial) ? "False" : "True"
          }
        ]
      }
      pod.spec?.nodeName = "local-\(serial)"
      if pod.isReady { observed.reports[pod.name] = InstanceReport() }
      observed.pods.append(pod)
    }
  }

  var plan: InstancePlan { InstancePlan(blueprint, observed) }
}

extension Cluster {
  /// As the first primary leaves it once it is up.
  mutating func initialize(primary: String = "demo-1") {
    var status = self.status ?? ClusterStatus()
    status.targetPrimary = primary
    status.currentPrimary = primary
    status.image = spec.imageName
    status.setCondition("Initialized", true, reason: "BootstrapCompleted", message: "", now: "2026-01-02T03:04:05Z")
    self.status = status
  }
}
