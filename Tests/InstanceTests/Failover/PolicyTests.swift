import ClusterAPI
import Failover
import Kubernetes
import Testing

@testable import Instance

@Suite("What a Cluster says of synchronous replication")
struct PolicyTests {
  private func policy(_ spec: JSON, _ status: JSON = [:], for instance: String = "pg-1") throws -> Policy {
    let cluster: JSON = [
      "metadata": ["name": "pg", "namespace": "db"], "spec": spec,
      "status": MergePatch.apply(status, to: ["instanceNames": ["pg-3", "pg-1", "pg-2"]]),
    ]
    return Policy(try cluster.decoded(as: Cluster.self), for: instance)
  }

  private static let places: JSON = [
    "topology": [
      "successfullyExtracted": true,
      "instances": ["pg-1": ["zone": "a"], "pg-2": ["zone": "a"], "pg-3": ["zone": "b"]],
    ]
  ]

  @Test("numbers alone: every other instance may confirm")
  func numbers() throws {
    let policy = try policy(["minSyncReplicas": 1, "maxSyncReplicas": 2])
    #expect(policy.instances == ["pg-1", "pg-2", "pg-3"])
    #expect(policy.eligible == ["pg-2", "pg-3"])
    #expect(policy.number == 2)
    #expect(policy.minimum == 1)
  }

  @Test("the election constraint is seen from the instance that would be primary")
  func constraint() throws {
    let spec: JSON = [
      "minSyncReplicas": 1, "maxSyncReplicas": 1,
      "postgresql": ["syncReplicaElectionConstraint": ["enabled": true, "nodeLabelsAntiAffinity": ["zone"]]],
    ]
    #expect(try policy(spec, Self.places, for: "pg-1").eligible == ["pg-3"])
    #expect(try policy(spec, Self.places, for: "pg-2").eligible == ["pg-3"])
    #expect(try policy(spec, Self.places, for: "pg-3").eligible == ["pg-1", "pg-2"])
    #expect(try policy(spec).eligible == ["pg-2", "pg-3"], "as long as nobody knows where they are")
  }

  @Test("failure domains, and how many names the list may hold")
  func domains() throws {
    func spec(_ number: Int64, _ maximum: Int64? = nil) -> JSON {
      var synchronous: JSON = ["method": "any", "number": .int(number), "nodeFailureDomainKeys": ["zone"]]
      synchronous["maxStandbyNamesFromCluster"] = maximum.map { .int($0) }
      return ["postgresql": ["synchronous": synchronous]]
    }
    #expect(try policy(spec(1), Self.places).eligible == ["pg-3"])
    #expect(try policy(spec(2), Self.places).eligible == ["pg-2", "pg-3"])
    #expect(try policy(spec(1, 1), Self.places, for: "pg-3").eligible == ["pg-1"])
    #expect(try policy(spec(1, 1)).eligible == ["pg-2"], "the instance itself takes no place in the list")
    #expect(try policy(spec(1, 0)).eligible == [])
  }
}
