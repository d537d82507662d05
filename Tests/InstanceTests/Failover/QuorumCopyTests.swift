import ClusterAPI
import Failover
import Kubernetes
import Logging
import PostgreSQL
import Testing

@testable import Instance

@Suite("The FailoverQuorum")
struct QuorumCopyTests {
  private static func cluster(_ isWanted: Bool) throws -> Cluster {
    let cluster: JSON = [
      "metadata": ["name": "pg", "namespace": "db"],
      "spec": [
        "instances": 3,
        "postgresql": ["synchronous": ["method": "first", "number": 1, "failoverQuorum": .bool(isWanted)]],
      ],
    ]
    return try cluster.decoded(as: Cluster.self)
  }

  private static func record(_ names: [String], required: Int) -> Record {
    let members = names.enumerated().map { Member($1, VolumeIdentity(UInt64($0 + 1))) }
    return Record(
      holder: members[0], term: Term(3), timeline: TimelineID(2), members: Set(members), required: required)
  }

  @Test("says the record in the words of synchronous_standby_names, the primary left out")
  func words() {
    let status = FailoverQuorumStatus(Self.record(["pg-2", "pg-3", "pg-1"], required: 2), method: .any)
    #expect(status.method == "ANY")
    #expect(status.standbyNames == ["pg-1", "pg-3"])
    #expect(status.standbyNumber == 1)
    #expect(status.primary == "pg-2")
    #expect(FailoverQuorumStatus(Self.record(["pg-1"], required: 1), method: .first).standbyNumber == 0)
  }

  @Test("follows the record of the one that leads, once there is an object to write to, and where it is asked for")
  func follows() async throws {
    let controlPlane = try FakeControlPlane(Self.cluster(false))
    let copy = QuorumCopy(controlPlane, logger: Logger(label: "test"))
    func reaches(_ names: [String]?) async throws {
      for _ in 0..<500 where controlPlane.quorum?.standbyNames != names { try await Task.sleep(for: .milliseconds(10)) }
      #expect(controlPlane.quorum?.standbyNames == names)
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await copy.run() }
      copy.note(Self.record(["pg-1", "pg-2"], required: 2))
      try await Task.sleep(for: .milliseconds(50))
      #expect(controlPlane.quorum == nil, "nobody asked")

      controlPlane.refuseQuorum(true)
      try controlPlane.edit(["spec": ["postgresql": ["synchronous": ["failoverQuorum": true]]]])
      copy.look()
      try await Task.sleep(for: .milliseconds(50))
      controlPlane.refuseQuorum(false)
      try await reaches(["pg-2"])

      copy.note(Self.record(["pg-1", "pg-2", "pg-3"], required: 2))
      try await reaches(["pg-2", "pg-3"])
      copy.note(nil)
      copy.note(Self.record(["pg-1", "pg-3"], required: 2))
      try await reaches(["pg-3"])
      group.cancelAll()
    }
  }
}
