import Foundation
import Kubernetes
import Testing

@testable import LocalCluster

private let now = Date(timeIntervalSince1970: 1_800_000_000)

private func pod(
  _ name: String, owner: String? = "set", ready: Bool = true, labels: [String: String] = ["app": "web"],
  phase: String = "Running", node: String? = "a"
) -> Pod {
  var pod = Fixture.pod(name, on: node, labels: labels, phase: phase, owner: owner)
  pod.status?.conditions = [
    .with {
      ($0.type, $0.status) = ("Ready", ready ? "True" : "False")
      $0.lastTransitionTime = now.addingTimeInterval(-60).kubernetesTime
    }
  ]
  return pod
}

@Suite("A replica set")
struct ReplicaSetPlanTests {
  private func set(_ replicas: Int, minReady: Int? = nil) -> ReplicaSet {
    .named("set", in: "demo") {
      $0.metadata.uid = "set"
      $0.spec = .with {
        $0.replicas = replicas
        $0.minReadySeconds = minReady
        $0.selector = LabelSelector(["app": "web"])
      }
    }
  }

  @Test("creates what is missing; ended and leaving pods do not count")
  func creates() {
    var leaving = pod("c")
    leaving.metadata.deletionTimestamp = now.kubernetesTime
    let plan = ReplicaSetPlan(set(3), pods: [pod("a"), pod("b", phase: "Failed"), leaving], now: now)
    #expect(plan.create == 2)
    #expect(plan.status.replicas == 1)
    #expect(plan.status.terminatingReplicas == 1)
  }

  @Test("deletes pods without a node first, then those that are not ready")
  func deletes() {
    let plan = ReplicaSetPlan(
      set(1), pods: [pod("good"), pod("unready", ready: false), pod("new", ready: false, phase: "Pending", node: nil)],
      now: now)
    #expect(plan.delete.map(\.name) == ["new", "unready"])
  }

  @Test("adopts orphans that match, lets go of pods that no longer do, and leaves others' pods alone")
  func adopts() {
    let plan = ReplicaSetPlan(
      set(2), pods: [pod("orphan", owner: nil), pod("changed", labels: [:]), pod("theirs", owner: "other")], now: now)
    #expect(plan.adopt.map(\.name) == ["orphan"])
    #expect(plan.release.map(\.name) == ["changed"])
    #expect(plan.create == 1)
  }

  @Test("counts a pod as available only after minReadySeconds, and says when to look again")
  func minReady() {
    let young = ReplicaSetPlan(set(1, minReady: 90), pods: [pod("a")], now: now)
    #expect(young.status.availableReplicas == 0)
    #expect(young.recheck == now.addingTimeInterval(30))
    #expect(ReplicaSetPlan(set(1, minReady: 30), pods: [pod("a")], now: now).status.availableReplicas == 1)
  }
}

@Suite("A deployment")
struct DeploymentPlanTests {
  private func deployment(_ replicas: Int, image: String = "web:1", strategy: String = "RollingUpdate") -> Deployment {
    .named("web", in: "demo") {
      $0.metadata.uid = "web"
      $0.metadata.generation = 1
      $0.spec = .with {
        $0.replicas = replicas
        $0.selector = LabelSelector(["app": "web"])
        $0.strategy = .with { $0.type = strategy }
        $0.template = .with {
          $0.metadata = .with { $0.labels = ["app": "web"] }
          $0.spec = .with { $0.containers = [.with { ($0.name, $0.image) = ("web", image) }] }
        }
      }
    }
  }

  /// The replica set that the deployment makes for its template, as if it had been running for a while.
  private func set(_ image: String, size: Int, available: Int, revision: Int, age: Int = 0) throws -> ReplicaSet {
    let plan = DeploymentPlan(deployment(0, image: image), sets: [], oldPodsRun: { _ in false }, now: now)
    var set = try #require(plan.create)
    set.metadata.uid = set.name
    set.metadata.creationTimestamp = now.addingTimeInterval(TimeInterval(-age)).kubernetesTime
    set.metadata.annotations = [DeploymentPlan.revisionAnnotation: String(revision)]
    set.spec?.replicas = size
    set.status = .with { ($0.replicas, $0.readyReplicas, $0.availableReplicas) = (size, available, available) }
    return set
  }

  private func plan(_ deployment: Deployment, _ sets: [ReplicaSet], oldPodsRun: Bool = false) -> DeploymentPlan {
    DeploymentPlan(deployment, sets: sets, oldPodsRun: { _ in oldPodsRun }, now: now)
  }

  @Test("makes a replica set of full size with its template's hash and revision 1")
  func first() throws {
    let plan = plan(deployment(3), [])
    let set = try #require(plan.create)
    #expect(set.spec?.replicas == 3)
    #expect(set.annotations[DeploymentPlan.revisionAnnotation] == "1")
    let hash = try #require(set.labels[DeploymentPlan.hashLabel])
    #expect(set.name == "web-\(hash)")
    #expect(set.spec?.selector.matchLabels == ["app": "web", DeploymentPlan.hashLabel: hash])
  }

  @Test("knows its replica set again and does nothing when all is well")
  func steady() throws {
    let plan = plan(deployment(3), [try set("web:1", size: 3, available: 3, revision: 1)])
    #expect(plan.create == nil && plan.scale.isEmpty && plan.revisions.isEmpty && plan.delete.isEmpty)
    #expect(plan.status.conditions?.first { $0.type == "Progressing" }?.reason == "NewReplicaSetAvailable")
    #expect(plan.status.conditions?.first { $0.type == "Available" }?.status == "True")
  }

  @Test("scales its only replica set")
  func scales() throws {
    let set = try set("web:1", size: 3, available: 3, revision: 1)
    #expect(plan(deployment(5), [set]).scale == [set.name: 5])
    #expect(plan(deployment(1), [set]).scale == [set.name: 1])
  }

  @Test("rolls within maxSurge and maxUnavailable, step by step")
  func rolls() throws {
    let target = deployment(4, image: "web:2")
    let old = try set("web:1", size: 4, available: 4, revision: 1, age: 60)
    // 25% of 4: one more, one fewer.
    let start = plan(target, [old])
    #expect(start.create?.spec?.replicas == 1)
    #expect(start.create?.annotations[DeploymentPlan.revisionAnnotation] == "2")
    let created = try set("web:2", size: 1, available: 0, revision: 2)
    #expect(plan(target, [old, created]).scale == [old.name: 3])
    let shrunk = try set("web:1", size: 3, available: 3, revision: 1, age: 60)
    #expect(plan(target, [shrunk, created]).scale == [created.name: 2])
    let working = try set("web:2", size: 2, available: 2, revision: 2)
    #expect(plan(target, [shrunk, working]).scale == [old.name: 1])
  }

  @Test("takes old pods that do not work away first, without waiting for the new ones")
  func brokenFirst() throws {
    let old = try set("web:1", size: 4, available: 3, revision: 1, age: 60)
    let created = try set("web:2", size: 1, available: 0, revision: 2)
    #expect(plan(deployment(4, image: "web:2"), [old, created]).scale == [old.name: 3])
  }

  @Test("recreates only when the last old pod has stopped")
  func recreates() throws {
    let target = deployment(2, image: "web:2", strategy: "Recreate")
    let old = try set("web:1", size: 2, available: 2, revision: 1, age: 60)
    #expect(plan(target, [old]).scale == [old.name: 0])
    let empty = try set("web:1", size: 0, available: 0, revision: 1, age: 60)
    #expect(plan(target, [empty], oldPodsRun: true).create == nil)
    #expect(plan(target, [empty]).create?.spec?.replicas == 2)
  }

  @Test("goes back to an earlier replica set and gives it the newest revision")
  func rollsBack() throws {
    let first = try set("web:1", size: 0, available: 0, revision: 1, age: 60)
    let second = try set("web:2", size: 1, available: 1, revision: 2)
    let plan = plan(deployment(1), [first, second])
    #expect(plan.create == nil)
    #expect(plan.revisions == [first.name: "3"])
    #expect(plan.revision == "3")
    #expect(plan.scale[first.name] == 1)
  }

  @Test("takes a revision that nobody can count up from for none")
  func strangeRevisions() throws {
    for text in [String(Int.max), String(Int.min), "first", ""] {
      var old = try set("web:1", size: 1, available: 1, revision: 1, age: 60)
      old.metadata.annotations = [DeploymentPlan.revisionAnnotation: text]
      #expect(plan(deployment(1, image: "web:2"), [old]).revision == "1", "\(text)")
    }
  }

  @Test("says so when it makes no progress until its deadline")
  func deadline() throws {
    var target = deployment(1, image: "web:2")
    target.status = .with {
      $0.observedGeneration = 1
      $0.updatedReplicas = 1
      $0.replicas = 1
      $0.conditions = [
        .with {
          ($0.type, $0.status, $0.reason) = ("Progressing", "True", "ReplicaSetUpdated")
          $0.lastUpdateTime = now.addingTimeInterval(-599).kubernetesTime
        }
      ]
    }
    let broken = try set("web:2", size: 1, available: 0, revision: 1)
    let waiting = plan(target, [broken])
    #expect(waiting.recheck == now.addingTimeInterval(1))
    let late = DeploymentPlan(target, sets: [broken], oldPodsRun: { _ in false }, now: now.addingTimeInterval(2))
    #expect(late.status.conditions?.first { $0.type == "Progressing" }?.reason == "ProgressDeadlineExceeded")
    #expect(late.status.conditions?.first { $0.type == "Progressing" }?.status == "False")
  }

  @Test("keeps only so many old replica sets")
  func history() throws {
    var target = deployment(1, image: "web:9")
    target.spec?.revisionHistoryLimit = 1
    let sets = try (1...3).map { try set("web:\($0)", size: 0, available: 0, revision: $0, age: 100 - $0) }
    let current = try set("web:9", size: 1, available: 1, revision: 9)
    #expect(plan(target, sets + [current]).delete == [sets[0].name, sets[1].name])
  }
}

@Suite("A job")
struct JobPlanTests {
  private func job(_ fill: (inout JobSpec) -> Void = { _ in }) -> Job {
    .named("job", in: "demo") {
      $0.metadata.uid = "job"
      var spec = JobSpec()
      spec.completions = 1
      fill(&spec)
      $0.spec = spec
    }
  }

  private func pod(_ name: String, _ phase: String, finished: Date = now, tracked: Bool = true) -> Pod {
    var pod = Fixture.pod(name, on: "a", phase: phase, owner: "job")
    if tracked { pod.metadata.finalizers = [JobPlan.finalizer] }
    if phase == "Failed" {
      pod.status?.containerStatuses = [
        .with { $0.state = .with { $0.terminated = .with { $0.finishedAt = finished.kubernetesTime } } }
      ]
    }
    return pod
  }

  @Test("starts as many pods as run in parallel and are still needed")
  func starts() {
    #expect(JobPlan(job(), pods: [], now: now).create == 1)
    let five = job { ($0.completions, $0.parallelism) = (5, 2) }
    #expect(JobPlan(five, pods: [], now: now).create == 2)
    #expect(JobPlan(five, pods: [pod("a", "Running")], now: now).create == 1)
  }

  @Test("counts an ended pod once: noted, released, counted")
  func counts() {
    var job = job { $0.completions = 2 }
    let noted = JobPlan(job, pods: [pod("a", "Succeeded")], now: now)
    #expect(noted.status.uncountedTerminatedPods?["succeeded"] == ["uid-a"])
    #expect(noted.release.isEmpty)
    job.status = noted.status
    let released = JobPlan(job, pods: [pod("a", "Succeeded")], now: now)
    #expect(released.release.map(\.name) == ["a"])
    #expect(released.status.succeeded == 0)
    job.status = released.status
    let counted = JobPlan(job, pods: [pod("a", "Succeeded", tracked: false)], now: now)
    #expect(counted.status.succeeded == 1)
    #expect(counted.status.uncountedTerminatedPods == nil)
    job.status = counted.status
    #expect(JobPlan(job, pods: [pod("a", "Succeeded", tracked: false)], now: now).status.succeeded == 1)
    #expect(counted.create == 1)
  }

  @Test("is complete with the last success")
  func completes() {
    let plan = JobPlan(job(), pods: [pod("a", "Succeeded")], now: now)
    #expect(plan.status.conditions?.contains { $0.type == "Complete" && $0.status == "True" } == true)
    #expect(plan.create == 0)
  }

  @Test("waits longer after each failure and gives up beyond its limit")
  func backsOff() {
    let failed = pod("a", "Failed", finished: now.addingTimeInterval(-4))
    let waiting = JobPlan(job(), pods: [failed], now: now)
    #expect(waiting.create == 0)
    #expect(waiting.recheck == now.addingTimeInterval(6))
    #expect(JobPlan(job(), pods: [failed], now: now.addingTimeInterval(7)).create == 1)
    let over = JobPlan(job { $0.backoffLimit = 0 }, pods: [failed, pod("b", "Running")], now: now)
    #expect(over.status.conditions?.first { $0.type == "Failed" }?.reason == "BackoffLimitExceeded")
    #expect(over.delete.map(\.name) == ["b"])
  }

  @Test("ends at its deadline")
  func deadline() {
    var job = job { $0.activeDeadlineSeconds = 10 }
    job.status = .with { $0.startTime = now.addingTimeInterval(-11).kubernetesTime }
    let plan = JobPlan(job, pods: [pod("a", "Running")], now: now)
    #expect(plan.status.conditions?.first { $0.type == "Failed" }?.reason == "DeadlineExceeded")
    #expect(plan.delete.map(\.name) == ["a"])
  }

  @Test("goes away some time after it finished")
  func timeToLive() {
    var job = job { $0.ttlSecondsAfterFinished = 60 }
    job.status = .with {
      $0.conditions = [
        .with {
          ($0.type, $0.status) = ("Complete", "True")
          $0.lastTransitionTime = now.addingTimeInterval(-50).kubernetesTime
        }
      ]
    }
    #expect(JobPlan(job, pods: [], now: now).recheck == now.addingTimeInterval(10))
    #expect(JobPlan(job, pods: [], now: now.addingTimeInterval(10)).deleteJob)
  }

  @Test("runs nothing while it is suspended")
  func suspended() {
    let plan = JobPlan(job { $0.suspend = true }, pods: [pod("a", "Running")], now: now)
    #expect(plan.delete.map(\.name) == ["a"])
    #expect(plan.create == 0)
  }
}
