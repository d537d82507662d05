import PostgreSQL
import Testing

@testable import Failover

@Suite struct StreamNameTests {
  @Test func sayWhichVolumeAndOnWhichTimeline() {
    #expect(StreamName.counted(Member("pg-2", VolumeIdentity(35)), on: TimelineID(5)) == "pg-2.z.5")
    #expect(StreamName.uncounted("pg-2") == "pg-2.uncounted")
  }

  @Test func ofThoseThatAreNoInstancesAreTheirOwn() {
    #expect(StreamName.counted(Member("elsewhere", VolumeIdentity(0)), on: TimelineID(5)) == "elsewhere")
    #expect(StreamName.instance(of: "elsewhere", in: "pg") == nil)
  }

  @Test func areNotCutByPostgreSQL() {
    let cluster = String(repeating: "long-name-", count: 5)
    let one = StreamName.counted(Member(cluster + "-12", VolumeIdentity(.max)), on: TimelineID(.max))
    let other = StreamName.counted(Member(cluster + "-13", VolumeIdentity(.max)), on: TimelineID(.max))
    #expect(one.utf8.count <= 63 && other.utf8.count <= 63 && one != other)
    #expect(StreamName.instance(of: one, in: cluster) == cluster + "-12")
  }

  @Test func leadBackToTheInstance() {
    #expect(StreamName.instance(of: "my-pg-2.z.5", in: "my-pg") == "my-pg-2")
    #expect(StreamName.instance(of: "my-pg-2.uncounted", in: "my-pg") == "my-pg-2")
    #expect(StreamName.instance(of: "my-pg-2-join", in: "my-pg") == nil)
    #expect(StreamName.instance(of: "other-2.z.5", in: "my-pg") == nil)
  }
}
