import ClusterAPI
import Kubernetes
import Testing

@testable import Operator

@Suite("The plan for a cluster's instances")
struct InstancePlanTests {
  @Test("a new cluster: the first primary is chosen, then all volumes and pods are made at once")
  func newCluster() throws {
    let blueprint = try blueprint()
    let plan = World(blueprint, instances: []).plan
    #expect(plan.actions.first == .chooseFirstPrimary(blueprint.instance(1)))
    #expect(plan.actions.filter { if case .createClaim = $0 { true } else { false } }.count == 6)
    let pods = plan.actions.compactMap { action -> String? in
      if case .createPod(let instance, _) = action { instance.text } else { nil }
    }
    #expect(pods == ["demo-1", "demo-2", "demo-3"])
    #expect(plan.phase == Phase.firstPrimary)
  }

  @Test("three ready instances: nothing to do, healthy, no reason")
  func healthy() throws {
    let plan = World(try blueprint { $0.initialize() }, instances: [1, 2, 3]).plan
    #expect(plan == InstancePlan.settled)
  }

  @Test("a switchover is said for as long as it takes, and what nobody can become is none")
  func switchover() throws {
    func plan(target: String) throws -> InstancePlan {
      World(
        try blueprint {
          $0.initialize()
          $0.status?.targetPrimary = target
        }, instances: [1, 2, 3], notReady: [1]
      ).plan
    }
    let underWay = try plan(target: "demo-2")
    #expect(underWay.phase == Phase.switchover)
    #expect(underWay.reason == "Switching over to demo-2")
    #expect(try plan(target: "pending").phase == Phase.waitingForInstances)
  }

  @Test("a deleted pod comes back on its volumes")
  func deletedPod() throws {
    let blueprint = try blueprint { $0.initialize() }
    let plan = World(blueprint, instances: [1, 2, 3], withoutPod: [2]).plan
    #expect(plan.actions == [.createPod(blueprint.instance(2), reason: .recreated)])
    #expect(plan.phase == Phase.waitingForInstances)
  }

  @Test("a lost instance is made anew under the lowest free number")
  func lostInstance() throws {
    let blueprint = try blueprint { $0.initialize() }
    let plan = World(blueprint, instances: [1, 3]).plan
    let two = blueprint.instance(2)
    #expect(
      plan.actions == [
        .createClaim(InstanceVolume(kind: .data, instance: two)),
        .createClaim(InstanceVolume(kind: .wal, instance: two)),
        .createPod(two, reason: .replica),
      ])
    #expect(plan.phase == Phase.creatingReplica)
  }

  @Test("a cluster that had data and has no volume left is unrecoverable, never bootstrapped anew")
  func unrecoverable() throws {
    let blueprint = try blueprint {
      $0.initialize()
      $0.spec.instances = 1
    }
    let plan = World(blueprint, instances: []).plan
    #expect(plan.actions.isEmpty)
    #expect(plan.phase == Phase.unrecoverable)
    #expect(plan.reason.contains("no PersistentVolumeClaims (PVCs) exist"))
  }

  @Test("even where the volume for WAL is still there")
  func unrecoverableWithWAL() throws {
    let blueprint = try blueprint {
      $0.initialize()
      $0.spec.instances = 1
    }
    var world = World(blueprint, instances: [1], withoutPod: [1])
    world.observed.claims.removeAll { $0.name == "demo-1" }
    #expect(world.plan.actions.isEmpty)
    #expect(world.plan.phase == Phase.unrecoverable)
  }

  @Test("no pod is made while one of its claims is on its way out")
  func claimBeingDeleted() throws {
    var world = World(try blueprint { $0.initialize() }, instances: [1, 2, 3], withoutPod: [3])
    let index = try #require(world.observed.claims.firstIndex { $0.name == "demo-3" })
    world.observed.claims[index].metadata.deletionTimestamp = "2026-01-02T03:04:05Z"
    #expect(world.plan.actions.isEmpty)
  }

  @Test("scaling down removes the highest serial that is not the primary")
  func scaleDown() throws {
    let blueprint = try blueprint {
      $0.initialize(primary: "demo-3")
      $0.spec.instances = 2
    }
    let plan = World(blueprint, instances: [1, 2, 3]).plan
    #expect(plan.actions == [.removeInstance(blueprint.instance(2), reason: .scaleDown)])
  }

  @Test("and one that does not run before any that does")
  func scaleDownStopped() throws {
    let blueprint = try blueprint {
      $0.initialize()
      $0.spec.instances = 2
    }
    let plan = World(blueprint, instances: [1, 2, 3], withoutPod: [2]).plan
    #expect(plan.actions == [.removeInstance(blueprint.instance(2), reason: .scaleDown)])
  }

  @Test("one on its way out does not count: nobody else goes in its place")
  func scaleDownUnderWay() throws {
    let blueprint = try blueprint {
      $0.initialize()
      $0.spec.instances = 2
    }
    var world = World(blueprint, instances: [1, 2, 3], withoutPod: [2])
    let index = try #require(world.observed.claims.firstIndex { $0.name == "demo-3" })
    world.observed.claims[index].metadata.deletionTimestamp = "2026-01-02T03:04:05Z"
    #expect(world.plan.actions == [.createPod(blueprint.instance(2), reason: .recreated)])
  }

  @Test("and does not come back when one of its volumes is gone before the other")
  func scaleDownHalfGone() throws {
    let blueprint = try blueprint {
      $0.initialize()
      $0.spec.instances = 2
    }
    for (gone, going) in [("demo-3", "demo-3-wal"), ("demo-3-wal", "demo-3")] {
      var world = World(blueprint, instances: [1, 2, 3], withoutPod: [3])
      world.observed.claims.removeAll { $0.name == gone }
      let index = try #require(world.observed.claims.firstIndex { $0.name == going })
      world.observed.claims[index].metadata.deletionTimestamp = "2026-01-02T03:04:05Z"
      #expect(world.plan.actions.isEmpty)
    }
  }

  @Test("an instance marked as beyond repair goes with its volumes, unless it is the primary")
  func unrecoverableInstance() throws {
    let blueprint = try blueprint { $0.initialize() }
    var world = World(blueprint, instances: [1, 2, 3])
    world.observed.pods[0].metadata.annotations?[Annotations.unrecoverable] = "true"
    #expect(world.plan.actions.isEmpty)
    world.observed.pods[1].metadata.annotations?[Annotations.unrecoverable] = "true"
    #expect(world.plan.actions == [.removeInstance(blueprint.instance(2), reason: .unrecoverable)])
  }

  @Test("so many instances as nobody means are made a few at a time")
  func manyInstances() throws {
    let plan = World(try blueprint { $0.spec.instances = 2_000_000_000 }, instances: []).plan
    #expect(plan.actions.count < 100)
    let none = World(try blueprint { $0.spec.instances = .min }, instances: []).plan
    #expect(!none.actions.contains { if case .createPod = $0 { true } else { false } })
  }

  @Test("a catalog of another major than the default image's makes nothing")
  func catalogOfAnotherMajor() throws {
    func plan(_ major: Int) throws -> InstancePlan {
      World(
        try blueprint {
          $0.spec.imageName = nil
          $0.spec.imageCatalogRef = .with { $0.major = major }
        }, instances: []
      ).plan
    }
    #expect(try plan(16).actions.isEmpty)
    #expect(try plan(16).phase == Phase.invalidImageCatalog)
    #expect(try plan(16).reason.contains("spec.imageName"))
    #expect(try !plan(18).actions.isEmpty, "the operator's default image is of 18")
  }

  @Test("a pod that ended is deleted")
  func endedPod() throws {
    var world = World(try blueprint { $0.initialize() }, instances: [1, 2, 3])
    world.observed.pods[1].status?.phase = "Failed"
    #expect(world.plan.actions == [.deletePod(name: "demo-2", reason: .ended(phase: "Failed"))])
  }

  @Test("a volume grows with the spec, and does not shrink in silence")
  func resize() throws {
    let small = try blueprint { $0.initialize() }
    let large = try blueprint {
      $0.initialize()
      $0.spec.storage?.size = "4Gi"
    }
    var world = World(small, instances: [1, 2, 3])
    var grown = InstancePlan(large, world.observed)
    let size = try Quantity(parsing: "4Gi")
    #expect(grown.actions.contains(.resizeClaim(InstanceVolume(kind: .data, instance: large.instance(1)), to: size)))

    world = World(large, instances: [1, 2, 3])
    grown = InstancePlan(small, world.observed)
    #expect(grown.actions.isEmpty)
    #expect(grown.warnings.count == 3)
  }

  @Test("an unschedulable pod and a missing image are named in the reason")
  func obstacles() throws {
    var world = World(try blueprint { $0.initialize() }, instances: [1, 2, 3], notReady: [3])
    world.observed.pods[2].status?.conditions?.append(
      .with {
        $0.type = "PodScheduled"
        $0.status = "False"
        $0.message = "0/3 nodes are available: 3 Insufficient memory."
      })
    #expect(world.plan.reason == "Instance demo-3 finds no node: 0/3 nodes are available: 3 Insufficient memory.")
  }

  @Test("a volume that nobody makes is named, once it had the time to be made")
  func unboundVolume() throws {
    var world = World(
      try blueprint {
        $0.spec.instances = 1
        $0.spec.storage?.storageClass = "fast"
      }, instances: [1], notReady: [1])
    world.observed.pods[0].status?.conditions?.append(
      .with {
        $0.type = "PodScheduled"
        $0.status = "False"
        $0.message = "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims."
      })
    world.observed.pods[0].metadata.creationTimestamp = "2026-01-02T03:04:05Z"
    let created = try #require(Timestamp.date("2026-01-02T03:04:05Z"))
    world.observed.now = created.addingTimeInterval(5)
    #expect(world.plan.reason == "Creating primary instance demo-1")
    world.observed.now = created.addingTimeInterval(15)
    #expect(world.plan.reason.contains("Volume demo-1 waits for StorageClass fast"))
  }

  @Test("a pod that runs without becoming ready is made anew too, if it is the only one missing")
  func mendedConfiguration() throws {
    let before = try blueprint { $0.initialize() }
    let after = try blueprint {
      $0.initialize()
      $0.spec.stopDelay = 60
    }
    func deleted(_ observed: ObservedCluster) -> [String] {
      InstancePlan(after, observed).actions.compactMap {
        if case .deletePod(let name, reason: .outdated) = $0 { name } else { nil }
      }
    }
    #expect(deleted(World(before, instances: [1, 2, 3], notReady: [3]).observed) == ["demo-3"])
    #expect(deleted(World(before, instances: [1, 2, 3], notReady: [2, 3]).observed).isEmpty, "or being filled")
    #expect(deleted(World(before, instances: [1, 2, 3], notReady: [1]).observed).isEmpty, "the primary may recover")
    var crashing = World(before, instances: [1, 2, 3], notReady: [1])
    crashing.observed.pods[0].status?.containerStatuses = [.with { $0.restartCount = 1 }]
    #expect(deleted(crashing.observed) == ["demo-1"], "but not if it ended before")
  }

  @Test("a pod that cannot start is made anew once its specification is mended, whoever else is not ready")
  func mendedImage() throws {
    var world = World(try blueprint { $0.spec.imageName = "pg:14.2" }, instances: [1, 2, 3], notReady: [1, 3])
    world.observed.pods[2].status?.containerStatuses = [
      .with {
        $0.name = "postgres"
        $0.state = .with { $0.waiting = .with { $0.reason = "ErrImagePull" } }
      }
    ]
    #expect(world.plan.actions.isEmpty, "while nothing has changed it is waited for")
    let mended = InstancePlan(try blueprint { $0.spec.imageName = "pg:15" }, world.observed)
    #expect(
      mended.actions == [
        .deletePod(
          name: "demo-3",
          reason: .outdated("original and target PodSpec differ in containers: container postgres differs in image"))
      ], "the first one, which may be recovering, is left alone")
  }

  @Test("a pod whose container is being made is not stuck")
  func containerCreating() throws {
    var world = World(try blueprint { $0.spec.imageName = "pg:15.1" }, instances: [1, 2, 3], notReady: [1, 3])
    world.observed.pods[2].status?.containerStatuses = [
      .with {
        $0.name = "postgres"
        $0.state = .with { $0.waiting = .with { $0.reason = "ContainerCreating" } }
      }
    ]
    #expect(InstancePlan(try blueprint { $0.spec.imageName = "pg:15.2" }, world.observed).actions.isEmpty)
    #expect(!world.plan.reason.contains("ContainerCreating"))
  }

  @Test("an image of another major than the data's is not rolled out, and that is said")
  func anotherMajor() throws {
    func ask(_ image: String) throws -> Blueprint {
      try blueprint {
        $0.initialize()
        $0.spec.imageName = image
        $0.status?.pgDataImageInfo = .with {
          $0.image = "pg:15"
          $0.majorVersion = 15
        }
      }
    }
    let world = World(try ask("pg:15"), instances: [1, 2, 3])
    let plan = InstancePlan(try ask("pg:18"), world.observed)
    #expect(plan.actions.isEmpty)
    #expect(plan.warnings.first?.message.contains("stay on pg:15") == true)
    #expect(InstancePlan(try ask("pg:15.4"), world.observed).actions.count == 1, "another minor is")
  }

  @Test("a full disk has a phase of its own")
  func fullDisk() throws {
    var world = World(try blueprint { $0.initialize() }, instances: [1, 2, 3], notReady: [1])
    world.observed.pods[0].status?.containerStatuses = [
      .with {
        $0.name = "postgres"
        $0.lastState = .with { $0.terminated = .with { $0.exitCode = 4 } }
      }
    ]
    #expect(world.plan.phase == Phase.notEnoughDiskSpace)
  }
}

@Suite("Rolling a change out")
struct RolloutTests {
  @Test("standbys first, from the highest serial down, one at a time")
  func standbysFirst() throws {
    let before = try blueprint { $0.initialize() }
    let after = try blueprint {
      $0.initialize()
      $0.spec.stopDelay = 60
    }
    let plan = InstancePlan(after, World(before, instances: [1, 2, 3]).observed)
    #expect(
      plan.actions == [
        .deletePod(
          name: "demo-3", reason: .outdated("original and target PodSpec differ in terminationGracePeriodSeconds"))
      ])
    #expect(plan.phase == Phase.upgrade)
  }

  @Test("the primary last")
  func primaryLast() throws {
    let before = try blueprint { $0.initialize() }
    let size = try Quantity(parsing: "1")
    let after = try blueprint {
      $0.initialize()
      $0.spec.resources = .with { $0.requests = ["cpu": size] }
    }
    var world = World(after, instances: [1, 2, 3])
    world.observed.pods[0] = World(before, instances: [1]).observed.pods[0]
    let plan = InstancePlan(after, world.observed)
    guard case .deletePod(name: "demo-1", reason: .outdated(let why))? = plan.actions.first else {
      Issue.record("expected the primary to be restarted, got \(plan.actions)")
      return
    }
    #expect(why.contains("container postgres differs in resources") || why.contains("initContainers"))
    #expect(plan.phase == Phase.primaryRestartWithoutSwitchover)
  }

  @Test("a supervised cluster waits for a person")
  func supervised() throws {
    let before = try blueprint { $0.initialize() }
    let after = try blueprint {
      $0.initialize()
      $0.spec.primaryUpdateStrategy = .supervised
      $0.spec.stopDelay = 60
    }
    var world = World(after, instances: [1, 2, 3])
    world.observed.pods[0] = World(before, instances: [1]).observed.pods[0]
    let plan = InstancePlan(after, world.observed)
    #expect(plan.actions.isEmpty)
    #expect(plan.phase == Phase.waitingForUser)
  }

  @Test("no other instance moves while one is not ready")
  func waits() throws {
    let before = try blueprint { $0.initialize() }
    let after = try blueprint {
      $0.initialize()
      $0.spec.stopDelay = 60
    }
    var world = World(before, instances: [1, 2, 3])
    world.observed.pods[1] = World(after, instances: [2], notReady: [2]).observed.pods[0]
    #expect(InstancePlan(after, world.observed).actions.isEmpty)
  }

  @Test("an annotation asks for a restart of all")
  func restartedAt() throws {
    let before = try blueprint { $0.initialize() }
    let after = try blueprint {
      $0.initialize()
      $0.metadata.annotations = [Annotations.restartedAt: "2026-01-02T03:04:05Z"]
    }
    let plan = InstancePlan(after, World(before, instances: [1, 2, 3]).observed)
    #expect(
      plan.actions == [
        .deletePod(
          name: "demo-3", reason: .outdated("the annotation kubectl.kubernetes.io/restartedAt asks for a restart"))
      ])
  }
}
