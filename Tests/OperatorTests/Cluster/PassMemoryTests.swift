import ClusterAPI
import Kubernetes
import Testing

@testable import Operator

@Suite("What passes remember") struct PassMemoryTests {
  @Test("a Cluster is admitted as long as nothing of it changes that is looked at")
  func admitted() {
    let memory = PassMemory()
    var cluster = Cluster.named("pg", in: "db") { $0.spec.instances = 3 }
    #expect(!memory.isAdmitted(cluster))
    memory.noteAdmitted(cluster)
    #expect(memory.isAdmitted(cluster))
    cluster.status = .with { $0.phase = "x" }
    cluster.metadata.resourceVersion = "7"
    #expect(memory.isAdmitted(cluster))
    var other = cluster
    other.spec.instances = 2
    #expect(!memory.isAdmitted(other))
    other = cluster
    other.metadata.annotations = ["cnpg.io/validation": "disabled"]
    #expect(!memory.isAdmitted(other))
    #expect(!memory.isAdmitted(Cluster.named("pg", in: "elsewhere") { $0.spec.instances = 3 }))
    memory.forget(cluster.key)
    #expect(!memory.isAdmitted(cluster))
  }

  @Test("while a primary is replaced the instances have a moment for themselves, and no more than that")
  func succession() {
    let memory = PassMemory()
    let key = ObjectKey("pg", in: "db")
    let begin = ContinuousClock.now
    #expect(!memory.isChangingHands(key, hasPrimary: true, now: begin))
    #expect(memory.isChangingHands(key, hasPrimary: false, now: begin))
    #expect(memory.isChangingHands(key, hasPrimary: false, now: begin + .milliseconds(1900)))
    #expect(!memory.isChangingHands(key, hasPrimary: false, now: begin + .milliseconds(2100)))
    #expect(!memory.isChangingHands(key, hasPrimary: true, now: begin + .seconds(3)))
    #expect(memory.isChangingHands(key, hasPrimary: false, now: begin + .seconds(4)))
  }

  @Test("a primary that was asked to hand over is left alone for a while; who has taken over is not")
  func switchover() {
    let memory = PassMemory()
    let key = ObjectKey("pg", in: "db")
    let begin = ContinuousClock.now
    #expect(!memory.hasJustAskedForSwitchover(key, from: "pg-1", now: begin))
    memory.noteSwitchover(key, from: "pg-1", now: begin)
    #expect(memory.hasJustAskedForSwitchover(key, from: "pg-1", now: begin + .seconds(29)))
    #expect(!memory.hasJustAskedForSwitchover(key, from: "pg-2", now: begin + .seconds(1)))
    #expect(!memory.hasJustAskedForSwitchover(key, from: "pg-1", now: begin + .seconds(31)))
    memory.forget(key)
    #expect(!memory.hasJustAskedForSwitchover(key, from: "pg-1", now: begin))
  }

  @Test("a kind that is not there is not asked for again and again")
  func unknown() {
    let memory = PassMemory()
    #expect(!memory.isUnknown(Blueprint.podMonitorResource))
    memory.noteUnknown(Blueprint.podMonitorResource)
    #expect(memory.isUnknown(Blueprint.podMonitorResource))
    #expect(!memory.isUnknown(Pod.resource))
  }
}
