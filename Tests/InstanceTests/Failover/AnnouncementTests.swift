import ClusterAPI
import Failover
import Kubernetes
import Logging
import PostgreSQL
import Testing

@testable import Instance

@Suite("Telling who is primary") struct AnnouncementTests {
  private let controlPlane: FakeControlPlane
  private let announcement: Announcement
  private let record = Record(
    holder: Member("pg-1", VolumeIdentity(1)), term: Term(3), timeline: TimelineID(3),
    members: [Member("pg-1", VolumeIdentity(1)), Member("pg-2", VolumeIdentity(2))], required: 2)

  init() throws {
    controlPlane = try FakeControlPlane(
      .named("pg", in: "db") {
        $0.status = .with {
          $0.currentPrimary = "pg-2"
          $0.instanceNames = ["pg-1", "pg-2"]
        }
      })
    announcement = Announcement("pg-1", controlPlane, logger: Logger(label: "test"))
  }

  private func holdLease(_ record: Record) async throws {
    _ = try await controlPlane.writeLease(record, over: controlPlane.lease().version)
  }

  private func told(_ count: Int) async -> [String] {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await announcement.run() }
      for _ in 0..<1000 where controlPlane.told.count < count { try? await Task.sleep(for: .milliseconds(2)) }
      // What is not to be told would come now.
      try? await Task.sleep(for: .milliseconds(30))
      group.cancelAll()
    }
    return controlPlane.told
  }

  @Test("one that stops to hand over takes its label back, and says it again where it goes on")
  func handingOver() async throws {
    try await holdLease(record)
    announcement.note(record)
    announcement.stopsServing()
    #expect(await told(1) == ["relabel pg-1 primary unhealthy"])
    announcement.isOpen(record)
    #expect(await told(3).suffix(2) == ["label pg-1 primary", "record pg-1"])
  }

  @Test("the labels when it is promoted, the status when its doors open")
  func promotion() async throws {
    try await holdLease(record)
    announcement.note(record)
    announcement.isPromoted()
    #expect(await told(1) == ["label pg-1 primary"])
    announcement.isOpen(record)
    #expect(await told(2) == ["label pg-1 primary", "record pg-1"])
  }

  @Test("one that does not lead says nothing of a promotion")
  func noLeader() async {
    announcement.isPromoted()
    #expect(await told(0) == [])
  }

  @Test("one that lost the Lease before its doors opened keeps quiet")
  func stale() async throws {
    var other = record
    other.holder = Member("pg-2", VolumeIdentity(2))
    try await holdLease(other)
    announcement.note(record)
    announcement.isOpen(record)
    #expect(await told(0) == [])
  }

  @Test("whoever follows takes back what it once said of itself")
  func follows() async {
    announcement.follows()
    #expect(await told(2) == ["relabel pg-1 primary replica", "relabel pg-1 unhealthy replica"])
  }

  @Test("one that has taken its label back, and follows, leaves the first moment to clients")
  func followsLater() async throws {
    announcement.note(record)
    announcement.stopsServing()
    #expect(await told(1) == ["relabel pg-1 primary unhealthy"])
    announcement.note(nil)
    announcement.follows()
    #expect(await told(1).count == 1)
    #expect(await told(3).suffix(2) == ["relabel pg-1 primary replica", "relabel pg-1 unhealthy replica"])
  }

  @Test("when somebody else's name gets into the status, it is told again")
  func again() async throws {
    try await holdLease(record)
    announcement.note(record)
    announcement.isOpen(record)
    #expect(await told(2).last == "record pg-1")
    try await controlPlane.recordPrimary("pg-2")
    announcement.follow(try #require(controlPlane.cluster))
    #expect(await told(5).suffix(2) == ["label pg-1 primary", "record pg-1"])
  }
}
