import ClusterAPI
import Kubernetes
import Testing

@testable import Plugin

@Suite("destroy")
struct DestructionTests {
  private let cluster = Cluster.named("demo", in: "db") { $0.metadata.uid = "u" }

  private func owner(_ uid: String) -> [OwnerReference] {
    [
      .with {
        $0.apiVersion = "postgresql.cnpg.io/v1"
        $0.kind = "Cluster"
        $0.name = "demo"
        $0.uid = uid
        $0.controller = true
      }
    ]
  }

  private func claim(_ name: String, _ instance: String = "demo-2", owner uid: String? = "u") -> PersistentVolumeClaim {
    PersistentVolumeClaim.named(name, in: "db") {
      $0.metadata.uid = "uid-\(name)"
      $0.metadata.resourceVersion = "7"
      $0.metadata.labels = [Labels.instanceName: instance, Labels.cluster: "demo"]
      $0.metadata.ownerReferences = uid.map(owner)
      if uid == nil { $0.metadata.annotations = [Annotations.pvcStatus: Annotations.detached] }
    }
  }

  private func pod(owner uid: String = "u") -> Pod {
    Pod.named("demo-2", in: "db") {
      $0.metadata.uid = "uid-pod"
      $0.metadata.ownerReferences = owner(uid)
    }
  }

  private func job(owner uid: String = "u") -> Job {
    Job.named("demo-2-join", in: "db") {
      $0.metadata.labels = [Labels.instanceName: "demo-2"]
      $0.metadata.ownerReferences = owner(uid)
    }
  }

  private func plan(
    pod: Pod?, claims: [PersistentVolumeClaim], jobs: [Job] = [], keepsVolumes: Bool = false
  ) throws -> Destruction {
    try Destruction(of: "demo-2", in: cluster, pod: pod, claims: claims, jobs: jobs, keepsVolumes: keepsVolumes)
  }

  @Test("deletes the volumes, then the pod and what fills volumes; of nobody else's, nothing")
  func destroy() throws {
    let plan = try plan(
      pod: pod(),
      claims: [claim("demo-2"), claim("demo-2-wal"), claim("demo-3", "demo-3"), claim("other", owner: "another")],
      jobs: [job(), job(owner: "another")])
    #expect(
      plan.steps == [
        .deleteClaim(.init(claim("demo-2"))), .deleteClaim(.init(claim("demo-2-wal"))), .deletePod(.init(pod())),
        .deleteJob(.init(job())),
      ])
  }

  @Test("with --keep-pvc lets go of the volumes, so that they outlive the cluster")
  func keep() throws {
    let plan = try plan(pod: pod(), claims: [claim("demo-2"), claim("kept", owner: nil)], keepsVolumes: true)
    #expect(
      plan.steps == [
        .detachClaim(
          name: "demo-2",
          [
            "metadata": [
              "resourceVersion": "7", "ownerReferences": [], "annotations": ["cnpg.io/pvcStatus": "detached"],
              "labels": ["cnpg.io/instanceName": "demo-2"],
            ]
          ]),
        .deletePod(.init(pod())),
      ])
  }

  @Test("removes volumes that were kept before, even where the pod is gone")
  func detached() throws {
    let kept = claim("demo-2", owner: nil)
    #expect(try plan(pod: nil, claims: [kept]).steps == [.deleteClaim(.init(kept))])
  }

  @Test("touches nothing where the pod is not the cluster's, and says whose to look for")
  func foreign() throws {
    let error = #expect(throws: ClusterProblem.self) { try plan(pod: pod(owner: "another"), claims: [claim("demo-2")]) }
    #expect("\(try #require(error))".hasPrefix("instance demo-2 is not owned by cluster demo: nothing was deleted."))
  }

  @Test("says so where there is nothing of that name")
  func nothing() throws {
    let error = #expect(throws: ClusterProblem.self) { try plan(pod: nil, claims: [claim("x", owner: "another")]) }
    #expect("\(try #require(error))".hasPrefix("there is neither a pod nor a volume of an instance demo-2"))
  }
}
