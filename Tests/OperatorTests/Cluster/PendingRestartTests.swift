import ClusterAPI
import Kubernetes
import Testing

@testable import Operator

@Suite("Parameters that need a restart")
struct PendingRestartTests {
  private func plan(
    pending: [Int], reporting: [Int] = [1, 2, 3], hashes: [Int: String] = [:], isDecrease: Bool = false,
    _ change: (inout Cluster) -> Void = { _ in }
  ) throws -> InstancePlan {
    var world = World(
      try blueprint {
        $0.initialize()
        change(&$0)
      }, instances: [1, 2, 3])
    world.observed.reports = [:]
    for serial in reporting {
      world.observed.reports["demo-\(serial)"] = .with {
        $0.pendingRestart = pending.contains(serial)
        $0.pendingRestartForDecrease = isDecrease && pending.contains(serial)
        $0.loadedConfigurationHash = hashes[serial] ?? "same"
      }
    }
    return world.plan
  }

  private let why = "because: parameters changed that PostgreSQL takes at its start only"

  @Test("nobody waits for one: healthy")
  func none() throws {
    #expect(try plan(pending: []) == InstancePlan.settled)
  }

  @Test("standbys restart first, from the highest serial, one at a time")
  func standbysFirst() throws {
    let plan = try plan(pending: [1, 2, 3])
    #expect(plan.actions == [.deletePod(name: "demo-3", reason: .outdated(InstancePlan.restartReason))])
    #expect(plan.phase == Phase.upgrade)
    #expect(plan.reason == "Restarting instance demo-3, \(why)")
  }

  @Test("then the primary, in its container: the phase is the order")
  func primaryLast() throws {
    let plan = try plan(pending: [1])
    #expect(plan.actions.isEmpty)
    #expect(plan.phase == Phase.inPlacePrimaryRestart)
    #expect(plan.reason == "Restarting instance demo-1, \(why)")
  }

  @Test("supervised: the primary waits for its user")
  func supervised() throws {
    let plan = try plan(pending: [1]) { $0.spec.primaryUpdateStrategy = .supervised }
    #expect(plan.actions.isEmpty)
    #expect(plan.phase == Phase.waitingForUser)
  }

  @Test("but not with a lowered parameter, which no standby can take before it")
  func decrease() throws {
    let plan = try plan(pending: [1], isDecrease: true) { $0.spec.primaryUpdateStrategy = .supervised }
    #expect(plan.actions.isEmpty)
    #expect(plan.phase == Phase.applyingConfiguration)
    #expect(plan.reason == "Decrease of hot standby sensitive parameters")
  }

  @Test("nobody restarts before all run with the same configuration")
  func hashesDiffer() throws {
    let plan = try plan(pending: [3], hashes: [1: "older"])
    #expect(plan.actions.isEmpty)
    #expect(plan.phase == Phase.applyingConfiguration)
    #expect(plan.reason == "PostgreSQL configuration changed")
  }

  @Test("nor while none answers, which has a phase of its own")
  func unreachable() throws {
    let plan = try plan(pending: [], reporting: []) { $0.spec.stopDelay = 60 }
    #expect(plan.actions.isEmpty)
    #expect(plan.phase == Phase.communicationFailure)
    #expect(plan.reason.contains("port 8000"))
  }

  @Test("nor while one does not answer")
  func silent() throws {
    #expect(try plan(pending: [1, 3], reporting: [1, 3]).actions.isEmpty)
  }

  @Test("the phase stays while the primary restarts and cannot answer")
  func restarting() throws {
    let plan = try plan(pending: [], reporting: [2, 3]) {
      $0.status?.phase = Phase.inPlacePrimaryRestart
      $0.status?.phaseReason = "Restarting instance demo-1, \(why)"
    }
    #expect(plan.actions.isEmpty)
    #expect(plan.phase == Phase.inPlacePrimaryRestart)
    #expect(plan.reason == "Restarting instance demo-1, \(why)")
  }
}
