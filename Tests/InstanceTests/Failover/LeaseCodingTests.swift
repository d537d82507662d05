import Failover
import Kubernetes
import PostgreSQL
import Testing

@testable import Instance

@Suite struct LeaseCodingTests {
  private let record = Record(
    holder: Member("pg-1", VolumeIdentity(7)), term: Term(3), timeline: TimelineID(2),
    members: [Member("pg-1", VolumeIdentity(7)), Member("pg-2", VolumeIdentity(8))], required: 2)

  private func lease() -> Lease { Lease.named("pg", in: "db") { $0.metadata.resourceVersion = "12" } }

  @Test func whatIsWrittenIsReadAgain() throws {
    let written = try LeaseCoding.lease(record, over: lease(), duration: 15)
    #expect(written.spec?.holderIdentity == "pg-1")
    #expect(written.spec?.leaseTransitions == 3)
    #expect(written.spec?.leaseDurationSeconds == 15)
    #expect(try LeaseCoding.reading(written) == LeaseReading(record, version: 12))
  }

  @Test func aLeaseThatNobodyHoldsHasNoRecord() throws {
    #expect(try LeaseCoding.reading(lease()) == LeaseReading(nil, version: 12))
  }

  @Test func whatSomebodyElseWroteIsNotBelieved() throws {
    var written = try LeaseCoding.lease(record, over: lease(), duration: 15)
    written.spec?.leaseTransitions = 2
    #expect(throws: InstanceProblem.self) { try LeaseCoding.reading(written) }
    written.spec?.leaseTransitions = 3
    written.metadata.annotations = [:]
    #expect(throws: InstanceProblem.self) { try LeaseCoding.reading(written) }
  }
}
