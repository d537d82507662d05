import ClusterAPI
import Kubernetes
import Testing

@testable import Operator

@Suite("The plan for labels and annotations of what is made once")
struct MetadataPlanTests {
  private func changes(_ blueprint: Blueprint, _ world: World, passwords: [Secret] = []) -> [MetadataChange] {
    MetadataPlan(blueprint: blueprint, observed: world.observed, passwords: passwords).changes
  }

  @Test("nothing before there is a primary")
  func noPrimary() throws {
    let blueprint = try blueprint()
    #expect(changes(blueprint, World(blueprint, instances: [1, 2, 3])).isEmpty)
  }

  @Test("pods and volumes carry the role of their instance, under both names, once")
  func roles() throws {
    let blueprint = try blueprint { $0.initialize(primary: "demo-2") }
    var world = World(blueprint, instances: [1, 2])
    let changes = changes(blueprint, world)
    #expect(changes.map(\.name) == ["demo-1", "demo-2", "demo-1", "demo-1-wal", "demo-2", "demo-2-wal"])
    #expect(changes[0].labels == ["cnpg.io/instanceRole": "replica", "role": "replica"])
    #expect(changes[1].labels == ["cnpg.io/instanceRole": "primary", "role": "primary"])
    #expect(changes[5].labels == changes[1].labels)
    for index in world.observed.pods.indices {
      world.observed.pods[index].metadata.labels?.merge(changes[index].labels) { $1 }
    }
    #expect(!self.changes(blueprint, world).contains { $0.kind == .pod })
  }

  @Test("while somebody takes over, the labels of the two concerned are theirs")
  func takingOver() throws {
    let blueprint = try blueprint { $0.initialize(primary: "demo-1") }
    let world = World(blueprint, instances: [1, 2, 3])
    var plan = MetadataPlan(blueprint: blueprint, observed: world.observed)
    plan.holder = "demo-2"
    #expect(Set(plan.changes.filter { $0.kind == .pod }.map(\.name)) == ["demo-3"])
    plan.holder = "demo-1"
    #expect(Set(plan.changes.filter { $0.kind == .pod }.map(\.name)) == ["demo-1", "demo-2", "demo-3"])
  }

  @Test("neither does a pod on its way out")
  func leaving() throws {
    let blueprint = try blueprint { $0.initialize() }
    var world = World(blueprint, instances: [1, 2])
    world.observed.pods[1].metadata.deletionTimestamp = "2026-01-02T03:04:05Z"
    #expect(!changes(blueprint, world).contains { $0.kind == .pod && $0.name == "demo-2" })
  }

  @Test("a volume is ready once its pod is")
  func filled() throws {
    let blueprint = try blueprint { $0.initialize() }
    var world = World(blueprint, instances: [1, 2], notReady: [2])
    for index in world.observed.claims.indices {
      world.observed.claims[index].metadata.annotations?[Annotations.pvcStatus] = "initializing"
    }
    let changes = changes(blueprint, world).filter { $0.kind == .claim }
    #expect(changes.first { $0.name == "demo-1" }?.annotations == [Annotations.pvcStatus: "ready"])
    #expect(changes.first { $0.name == "demo-2" }?.annotations == [:])
  }

  @Test("changed inherited metadata reaches pods and volumes that exist, but not what is fixed for them")
  func inherited() throws {
    let before = try blueprint()
    let after = try blueprint {
      $0.spec.inheritedMetadata = .with {
        $0.labels = ["team": "blue", "cnpg.io/instanceName": "mine", "cnpg.io/instanceRole": "primary"]
        $0.annotations = ["cost": "7", "cnpg.io/podSpec": "{}", "cnpg.io/pvcStatus": "lost"]
      }
    }
    for change in changes(after, World(before, instances: [1])) {
      #expect(change.labels == ["team": "blue"])
      #expect(change.annotations == ["cost": "7"])
    }
    #expect(changes(after, World(before, instances: [1])).count == 3)
  }

  @Test("so does what the operator's globs pick from the Cluster, and what is no longer inherited stays")
  func globs() throws {
    let cluster = try referenceCluster {
      $0.metadata.labels = ["team.example.com/name": "blue"]
      $0.spec.inheritedMetadata = nil
    }
    let settings = OperatorSettings(values: ["INHERITED_LABELS": "team.example.com/*"])
    let blueprint = Blueprint(cluster: cluster, settings: settings)
    let changes = changes(blueprint, World(try self.blueprint(), instances: [1]))
    #expect(changes.allSatisfy { $0.labels == ["team.example.com/name": "blue"] && $0.annotations.isEmpty })
    #expect(changes.first?.patch == ["metadata": ["labels": ["team.example.com/name": "blue"]]])
  }

  private func blueprint() throws -> Blueprint { try OperatorTests.blueprint() }
  private func blueprint(_ change: (inout Cluster) -> Void) throws -> Blueprint {
    try OperatorTests.blueprint(change)
  }

  @Test("passwords that the operator made are decorated; others are left alone")
  func passwords() throws {
    let before = try blueprint { $0.spec.bootstrap?.initdb?.secret = nil }
    let after = try blueprint {
      $0.spec.bootstrap?.initdb?.secret = nil
      $0.spec.inheritedMetadata?.labels?["team"] = "blue"
    }
    var secret = try #require(before.applicationSecret(password: "secret"))
    let world = World(after, instances: [])
    #expect(
      changes(after, world, passwords: [secret]) == [
        MetadataChange(kind: .secret, name: "demo-app", labels: ["team": "blue"])
      ])
    secret.metadata.ownerReferences = nil
    #expect(changes(after, world, passwords: [secret]).isEmpty)
  }
}
