import Foundation
import Kubernetes
import Testing

@testable import LocalCluster

@Suite("The control plane", .serialized, .timeLimit(.minutes(2)))
struct ControlPlaneTests {
  @Test("furnishes a namespace, and empties it before it lets it go")
  func namespaces() async throws {
    try await TestControlPlane.with { plane in
      let client = plane.client
      _ = try await client.create(Namespace.named("demo"))
      try await plane.until("the namespace is furnished") {
        let account = try await client.find(ServiceAccount.self, "default", in: "demo")
        let authority = try await client.find(ConfigMap.self, "kube-root-ca.crt", in: "demo")
        return account != nil && authority?.data?["ca.crt"]?.contains("BEGIN CERTIFICATE") == true
      }
      _ = try await client.create(ConfigMap.named("kept", in: "demo") { $0.metadata.finalizers = ["example.org/keep"] })
      _ = try await client.create(Secret.named("plain", in: "demo"))
      try await client.delete(Namespace.self, "demo")
      let waiting = try await plane.eventually("the namespace says what it waits for") {
        let namespace = try await client.get(Namespace.self, "demo")
        return namespace.status?.conditions?.first { $0.type == "NamespaceFinalizersRemaining" && $0.status == "True" }
      }
      #expect(waiting.message?.contains("example.org/keep in 1 resource instances") == true)
      #expect(try await client.find(Secret.self, "plain", in: "demo") == nil)
      _ = try await client.patch(ConfigMap.self, "kept", in: "demo", .merge(["metadata": ["finalizers": .null]]))
      try await plane.until("the namespace is gone") { try await client.find(Namespace.self, "demo") == nil }
    }
  }

  @Test("deletes what belongs to a deleted object of any kind, custom ones included")
  func garbage() async throws {
    try await TestControlPlane.with { plane in
      let client = plane.client
      let definition: JSON = [
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": ["name": "cows.example.org"],
        "spec": [
          "group": "example.org", "scope": "Namespaced", "names": ["plural": "cows", "kind": "Cow"],
          "versions": [
            [
              "name": "v1", "served": true, "storage": true,
              "schema": ["openAPIV3Schema": ["type": "object", "x-kubernetes-preserve-unknown-fields": true]],
            ]
          ],
        ],
      ]
      _ = try await client.create(CustomResourceDefinition.resource, definition)
      let cows = ResourceType(group: "example.org", kind: "Cow", plural: "cows")
      let cow = try await plane.eventually("the kind is served") {
        try? await client.create(
          cows, ["apiVersion": "example.org/v1", "kind": "Cow", "metadata": ["name": "berta", "namespace": "default"]])
      }
      let uid = try #require(cow[path: ["metadata", "uid"]]?.stringValue)
      let owner = OwnerReference.with {
        ($0.apiVersion, $0.kind, $0.name, $0.uid) = ("example.org/v1", "Cow", "berta", uid)
        $0.blockOwnerDeletion = true
      }
      let calf = try await client.create(
        ConfigMap.named("calf", in: "default") { $0.metadata.ownerReferences = [owner] })
      _ = try await client.create(
        Secret.named("grandcalf", in: "default") { $0.metadata.ownerReferences = [OwnerReference(controller: calf)] })
      try await client.delete(cows, "berta", in: "default", propagation: "Foreground")
      try await plane.until("all generations are gone") {
        let rest = [
          try await client.find(cows, "berta", in: "default"),
          try await client.find(ConfigMap.resource, "calf", in: "default"),
          try await client.find(Secret.resource, "grandcalf", in: "default"),
        ]
        return rest.allSatisfy { $0 == nil }
      }
    }
  }

  @Test("runs a deployment: replica set, pods, nodes, a new revision, scale")
  func deployment() async throws {
    try await TestControlPlane.with { plane in
      let client = plane.client
      try await plane.addNode("a")
      try await plane.addNode("b", zone: "2")
      let deployment = Deployment.named("web", in: "default") {
        $0.spec = .with {
          $0.replicas = 2
          $0.selector = LabelSelector(["app": "web"])
          $0.template = .with {
            $0.metadata = .with { $0.labels = ["app": "web"] }
            $0.spec = .with { $0.containers = [.with { ($0.name, $0.image) = ("web", "web:1") }] }
          }
        }
      }
      _ = try await client.create(deployment)
      func pods(_ image: String) async throws -> [Pod] {
        try await client.list(Pod.self, in: "default", labels: "app=web").items
          .filter { $0.spec?.containers.first?.image == image && !$0.isBeingDeleted }
      }
      func runAll() async throws {
        for pod in try await client.list(Pod.self, in: "default", labels: "app=web").items {
          if pod.isBeingDeleted {
            // Nobody else confirms that a pod has stopped.
            try? await client.delete(Pod.self, pod.name, in: "default", gracePeriod: 0, uid: pod.uid)
          } else if pod.spec?.nodeName != nil, !pod.isReady {
            try await plane.start(pod)
          }
        }
      }
      try await plane.until("two pods run on two nodes") {
        try await runAll()
        return Set(try await pods("web:1").compactMap { $0.isReady ? $0.spec?.nodeName : nil }).count == 2
      }
      try await plane.until("the deployment says so") {
        let status = try await client.get(Deployment.self, "web", in: "default").status
        return status?.availableReplicas == 2 && status?.updatedReplicas == 2
          && status?.conditions?.first { $0.type == "Progressing" }?.reason == "NewReplicaSetAvailable"
      }
      let patch: JSON = ["spec": ["template": ["spec": ["containers": [["name": "web", "image": "web:2"]]]]]]
      _ = try await client.patch(Deployment.self, "web", in: "default", .strategic(patch))
      try await plane.until("all pods are new") {
        try await runAll()
        let (old, new) = (try await pods("web:1"), try await pods("web:2"))
        return old.isEmpty && new.count == 2 && new.allSatisfy(\.isReady)
      }
      let rolled = try await client.get(Deployment.self, "web", in: "default")
      #expect(rolled.annotations[DeploymentPlan.revisionAnnotation] == "2")
      try await client.delete(Deployment.self, "web", in: "default")
      try await plane.until("pods and replica sets are gone") {
        try await runAll()
        let sets = try await client.list(ReplicaSet.self, in: "default").items
        let pods = try await pods("web:2")
        return sets.isEmpty && pods.isEmpty
      }
    }
  }

  @Test("deletes in the foreground after the dependents, and as an orphan's owner without them")
  func propagation() async throws {
    try await TestControlPlane.with { plane in
      let client = plane.client
      func family(_ name: String, finalizers: [String]? = nil) async throws {
        let owner = try await client.create(ConfigMap.named(name, in: "default"))
        _ = try await client.create(
          ConfigMap.named("\(name)-child", in: "default") {
            var reference = OwnerReference(controller: owner)
            reference.blockOwnerDeletion = true
            $0.metadata.ownerReferences = [reference]
            $0.metadata.finalizers = finalizers
          })
      }
      func find(_ name: String) async throws -> ConfigMap? {
        try await client.find(ConfigMap.self, name, in: "default")
      }
      try await family("orphans")
      try await client.delete(ConfigMap.self, "orphans", in: "default", propagation: "Orphan")
      try await plane.until("the owner is gone") { try await find("orphans") == nil }
      let free = try #require(try await find("orphans-child"))
      #expect((free.metadata.ownerReferences ?? []).isEmpty)
      try await family("front", finalizers: ["example.com/hold"])
      try await client.delete(ConfigMap.self, "front", in: "default", propagation: "Foreground")
      try await plane.until("the dependent is being deleted") { try await find("front-child")?.isBeingDeleted == true }
      let waiting = try #require(try await find("front"))
      #expect(waiting.isBeingDeleted && waiting.metadata.finalizers == ["foregroundDeletion"])
      _ = try await client.patch(
        ConfigMap.self, "front-child", in: "default", .merge(["metadata": ["finalizers": .null]]))
      try await plane.until("both are gone") {
        let left = (try await find("front"), try await find("front-child"))
        return left.0 == nil && left.1 == nil
      }
      #expect(try await find("orphans-child") != nil)
    }
  }

  @Test("says why a pod cannot be placed, and places it when that has changed")
  func scheduling() async throws {
    try await TestControlPlane.with { plane in
      _ = try await plane.client.create(plane.pod("p") { $0.nodeSelector = ["kubernetes.io/hostname": "b"] })
      try await plane.addNode("a")
      let message = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."
      try await plane.until("the pod says why") {
        let condition = try await plane.client.get(Pod.self, "p", in: "default").status?.conditions?
          .first { $0.type == "PodScheduled" }
        return condition?.reason == "Unschedulable" && condition?.message == message
      }
      try await plane.until("and so does an event") {
        try await plane.events(about: "p").contains { $0.reason == "FailedScheduling" && $0.message == message }
      }
      try await plane.addNode("b")
      try await plane.until("it is placed") { try await plane.node(of: "p") == "b" }
    }
  }

  @Test("gives up on a silent node: Unknown, tainted, its pods not ready and evicted; and takes it back")
  func silentNode() async throws {
    try await TestControlPlane.with(nodeGracePeriod: .seconds(2)) { plane in
      let client = plane.client
      try await plane.addNode("a")
      let patient = Toleration.with {
        ($0.key, $0.operator, $0.effect, $0.tolerationSeconds) = (Taint.unreachable, "Exists", "NoExecute", 1)
      }
      _ = try await client.create(plane.pod("p") { $0.tolerations = [patient] })
      try await plane.until("the pod is placed") { try await plane.node(of: "p") == "a" }
      try await plane.start(try await client.get(Pod.self, "p", in: "default"))
      let silent = try await plane.eventually("the node is tainted") {
        let node = try await client.get(Node.self, "a")
        return node.spec?.taints?.contains { $0.key == Taint.unreachable && $0.effect == "NoExecute" } == true
          ? node : nil
      }
      #expect(silent.status?.conditions?.first { $0.type == "Ready" }?.status == "Unknown")
      try await plane.until("the pod is marked and evicted") {
        let pod = try await client.get(Pod.self, "p", in: "default")
        return !pod.isReady && pod.isBeingDeleted
      }
      let posted = Date.now.kubernetesTime
      let ready: JSON = [
        "status": ["conditions": [["type": "Ready", "status": "True", "lastHeartbeatTime": .string(posted)]]]
      ]
      _ = try await client.patch(Node.self, "a", in: nil, .strategic(ready), subresource: "status")
      _ = try await client.create(
        Lease.named("a", in: ClusterCaches.nodeLeases) { lease in
          lease.spec = .with { $0.renewTime = Timestamp.microseconds() }
        })
      try await plane.until("the taints are gone") {
        (try await client.get(Node.self, "a").spec?.taints ?? []).isEmpty
      }
    }
  }

  @Test("removes the pods of a node that no longer exists")
  func vanishedNode() async throws {
    try await TestControlPlane.with { plane in
      try await plane.addNode("a")
      _ = try await plane.client.create(plane.pod("p"))
      try await plane.until("the pod is placed") { try await plane.node(of: "p") == "a" }
      try await plane.client.delete(Node.self, "a")
      try await plane.until("the pod is gone") { try await plane.client.find(Pod.self, "p", in: "default") == nil }
    }
  }

  @Test("runs a job to its end, counts each pod once, and lets its pods go")
  func job() async throws {
    try await TestControlPlane.with { plane in
      let client = plane.client
      try await plane.addNode("a")
      let job = Job.named("once", in: "default") {
        $0.spec = .with {
          $0.completions = 2
          $0.ttlSecondsAfterFinished = 2
          $0.template = .with {
            $0.spec = .with {
              $0.restartPolicy = "Never"
              $0.containers = [.with { ($0.name, $0.image) = ("work", "work:1") }]
            }
          }
        }
      }
      _ = try await client.create(job)
      let finished = try await plane.eventually("the job is complete") {
        for pod in try await client.list(Pod.self, in: "default").items where pod.status?.phase == "Pending" {
          guard pod.spec?.nodeName != nil else { continue }
          _ = try await client.patch(
            Pod.self, pod.name, in: "default", .merge(["status": ["phase": "Succeeded"]]), subresource: "status")
        }
        let job = try await client.get(Job.self, "once", in: "default")
        return job.isFinished && job.status?.succeeded == 2 ? job : nil
      }
      #expect(finished.status?.conditions?.contains { $0.type == "Complete" && $0.status == "True" } == true)
      try await plane.until("job and pods are gone after their time") {
        let job = try await client.find(Job.self, "once", in: "default")
        let pods = try await client.list(Pod.self, in: "default").items
        return job == nil && pods.isEmpty
      }
    }
  }

  @Test("says how many pods an eviction may take, by the scale of their controller")
  func disruptionBudget() async throws {
    try await TestControlPlane.with { plane in
      let client = plane.client
      try await plane.addNode("a")
      _ = try await client.create(
        PodDisruptionBudget.named("web", in: "default") {
          $0.spec = .with { ($0.maxUnavailable, $0.selector) = (.int(1), LabelSelector(["app": "web"])) }
        })
      _ = try await client.create(
        ReplicaSet.named("web", in: "default") {
          $0.spec = .with {
            $0.replicas = 3
            $0.selector = LabelSelector(["app": "web"])
            $0.template = .with {
              $0.metadata = .with { $0.labels = ["app": "web"] }
              $0.spec = .with { $0.containers = [.with { ($0.name, $0.image) = ("web", "web:1") }] }
            }
          }
        })
      func numbers() async throws -> [Int]? {
        let status = try await client.get(PodDisruptionBudget.self, "web", in: "default").status
        return status.map { [$0.expectedPods, $0.desiredHealthy, $0.currentHealthy, $0.disruptionsAllowed] }
      }
      try await plane.until("nothing is allowed yet") { try await numbers() == [3, 2, 0, 0] }
      try await plane.until("one is allowed") {
        // The scale is known from the first pod on; the others may still be on their way.
        for (index, pod) in try await client.list(Pod.self, in: "default").items.enumerated() where !pod.isReady {
          try await plane.start(pod, address: "127.64.1.\(index + 1)")
        }
        return try await numbers() == [3, 2, 3, 1]
      }
    }
  }
}
