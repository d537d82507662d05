import Kubernetes
import Testing

@testable import ClusterAPI

@Suite("Which standbys may confirm, by where they run")
struct StandbyPlacementTests {
  private func placement(_ postgresql: JSON, _ status: JSON, of primary: String = "pg-1") throws -> StandbyPlacement {
    var cluster = Examples.cluster
    cluster[path: ["spec", "postgresql"]] = postgresql
    cluster["status"] = status
    return try cluster.decoded(as: Cluster.self).standbyPlacement(primary: primary)
  }

  private func topology(_ places: [String: JSON], isKnown: Bool = true, healthy: [String] = []) -> JSON {
    [
      "instancesStatus": ["healthy": .array(healthy.map { .string($0) })],
      "topology": ["successfullyExtracted": .bool(isKnown), "instances": .object(places)],
    ]
  }

  private static let constraint: JSON = [
    "syncReplicaElectionConstraint": ["enabled": true, "nodeLabelsAntiAffinity": ["zone", "rack"]]
  ]

  private func domains(
    number: Int = 1, _ durability: String = "required", key: String = "nodeFailureDomainKeys"
  ) -> JSON {
    [
      "synchronous": [
        "method": "any", "number": .int(Int64(number)), "dataDurability": .string(durability), key: ["zone"],
      ]
    ]
  }

  @Test("nobody asks: anywhere")
  func anywhere() throws {
    #expect(try placement([:], topology(["pg-1": ["zone": "a"], "pg-2": ["zone": "a"]])) == .anywhere)
    var disabled = Self.constraint
    disabled[path: ["syncReplicaElectionConstraint", "enabled"]] = false
    #expect(try placement(disabled, topology(["pg-1": ["zone": "a"]])) == .anywhere)
  }

  @Test("the constraint: one label that differs is enough, and there need not be anybody")
  func constraint() throws {
    let places: [String: JSON] = [
      "pg-1": ["zone": "a", "rack": "1"], "pg-2": ["zone": "a", "rack": "1"], "pg-3": ["zone": "a", "rack": "2"],
    ]
    #expect(try placement(Self.constraint, topology(places)) == .elsewhere(["pg-3"]))
    #expect(try placement(Self.constraint, topology(places), of: "pg-3") == .elsewhere(["pg-1", "pg-2"]))
    #expect(try placement(Self.constraint, topology(places.filter { $0.key != "pg-3" })) == .elsewhere([]))
  }

  @Test("what is not known leaves nobody out, and a label that is missing tells nothing")
  func unknown() throws {
    let known: [String: JSON] = ["pg-1": ["zone": "a"], "pg-2": ["zone": "b"], "pg-3": [:]]
    #expect(try placement(Self.constraint, topology(known, isKnown: false)) == .unknown)
    #expect(try placement(Self.constraint, topology(known), of: "pg-3") == .unknown)
    #expect(try placement(Self.constraint, topology(known), of: "pg-4") == .unknown)
    #expect(try placement(Self.constraint, [:]) == .unknown)
    #expect(try placement(Self.constraint, topology(known)) == .elsewhere(["pg-2"]))
  }

  @Test(
    "failure domains give way to the number that has to confirm",
    arguments: ["nodeFailureDomainKeys", "podFailureDomainKeys"])
  func domains(_ key: String) throws {
    let places: [String: JSON] = ["pg-1": ["zone": "a"], "pg-2": ["zone": "a"], "pg-3": ["zone": "b"]]
    #expect(try placement(domains(key: key), topology(places)) == .elsewhere(["pg-3"]))
    #expect(try placement(domains(number: 2, key: key), topology(places)) == .insufficient(["pg-3"]))
  }

  @Test("preferred durability: one that is well is enough, and one that is not well is none")
  func preferred() throws {
    let places: [String: JSON] = ["pg-1": ["zone": "a"], "pg-2": ["zone": "a"], "pg-3": ["zone": "b"]]
    let preferred = domains(number: 2, "preferred")
    #expect(try placement(preferred, topology(places, healthy: ["pg-1", "pg-2", "pg-3"])) == .elsewhere(["pg-3"]))
    #expect(try placement(preferred, topology(places, healthy: ["pg-1", "pg-2"])) == .insufficient(["pg-3"]))
  }
}
