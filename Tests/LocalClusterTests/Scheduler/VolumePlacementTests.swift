import Kubernetes
import Testing

@testable import LocalCluster

@Suite("A pod with claims is placed")
struct VolumePlacementTests {
  private func place(
    _ pod: Pod, claims: [PersistentVolumeClaim], volumes: [PersistentVolume] = [], mode: String = "Immediate"
  ) throws -> Placement {
    let fast = StorageClass.named("fast") {
      $0.provisioner = ClaimStep.provisioner
      $0.volumeBindingMode = mode
    }
    return Scheduling.place(
      pod,
      in: SchedulingSnapshot(
        nodes: try Fixture.threeZones(), pods: [], claims: claims, volumes: volumes, classes: [fast]))
  }

  private func volume(_ name: String, node: String? = nil) -> PersistentVolume {
    .named(name) {
      $0.spec = .with {
        guard let node else { return }
        $0.nodeAffinity = .with {
          $0.required = .with {
            $0.nodeSelectorTerms = [
              .with {
                $0.matchExpressions = [
                  .with { ($0.key, $0.operator, $0.values) = ("kubernetes.io/hostname", "In", [node]) }
                ]
              }
            ]
          }
        }
      }
    }
  }

  private let pod = Fixture.pod("p") { $0.mount(claim: "data") }

  @Test("not before its claim exists, is bound, and its volume is there")
  func obstacles() throws {
    #expect(
      try place(pod, claims: [])
        == .unschedulable(message: "0/3 nodes are available: persistentvolumeclaim \"data\" not found."))
    #expect(
      try place(pod, claims: [Fixture.claim("data")])
        == .unschedulable(message: "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims."))
    #expect(
      try place(pod, claims: [Fixture.claim("data", volume: "pv")])
        == .unschedulable(
          message:
            "0/3 nodes are available: persistentvolumeclaim \"data\" bound to non-existent persistentvolume \"pv\"."))
  }

  @Test("where the volume can be reached")
  func affinity() throws {
    let claims = [Fixture.claim("data", volume: "pv")]
    #expect(try place(pod, claims: claims, volumes: [volume("pv")]) == .bind(node: "node-1"))
    #expect(try place(pod, claims: claims, volumes: [volume("pv", node: "node-3")]) == .bind(node: "node-3"))
    #expect(
      try place(pod, claims: claims, volumes: [volume("pv", node: "elsewhere")])
        == .unschedulable(
          message: "0/3 nodes are available: 3 node(s) didn't match PersistentVolume's node affinity."))
  }

  @Test("in two steps where the class waits for the first consumer, and stays with the promised node")
  func waitForFirstConsumer() throws {
    var claim = Fixture.claim("data")
    #expect(
      try place(pod, claims: [claim], mode: "WaitForFirstConsumer") == .placeVolumes(node: "node-1", claims: ["data"]))
    claim.metadata.annotations = [VolumePlacement.selectedNode: "node-2"]
    #expect(
      try place(pod, claims: [claim], mode: "WaitForFirstConsumer") == .placeVolumes(node: "node-2", claims: ["data"]))
  }
}
