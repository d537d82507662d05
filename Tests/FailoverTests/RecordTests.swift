import PostgreSQL
import Testing

@testable import Failover

@Suite struct RecordTests {
  private let a = Member("a", VolumeIdentity(1))
  private let b = Member("b", VolumeIdentity(2))
  private let c = Member("c", VolumeIdentity(3))

  private func record(required: Int = 2) -> Record {
    Record(holder: a, term: Term(1), timeline: TimelineID(1), members: [a, b, c], required: required)
  }

  private func at(_ lsn: UInt64, timeline: UInt32 = 1) -> Position { Position(TimelineID(timeline), LSN(lsn)) }

  private func promise(_ position: Position) -> Promise { Promise(Term(2), position) }

  @Test func twoOfThreeAreEnoughWhenTwoHaveEachCommit() {
    #expect(record().permits(from: at(5), promises: [b: promise(at(5)), c: promise(at(4))]))
    #expect(!record().permits(from: at(5), promises: [b: promise(at(5))]))
  }

  @Test func whoIsAheadOfTheCandidateDoesNotCount() {
    #expect(!record().permits(from: at(4), promises: [b: promise(at(4)), c: promise(at(5))]))
  }

  @Test func theHoldersPromiseIsEnoughForWhoHasItsWholeLog() {
    #expect(record().permits(from: at(5), promises: [b: promise(at(5)), a: promise(at(5))]))
    #expect(!record().permits(from: at(4), promises: [b: promise(at(4)), a: promise(at(5))]))
  }

  @Test func aLaterTimelineIsFurtherHoweverLongTheEarlierOne() {
    #expect(at(600, timeline: 2) > at(900))
    #expect(
      record().permits(from: at(600, timeline: 2), promises: [b: promise(at(600, timeline: 2)), a: promise(at(900))]))
  }

  @Test func strangersDoNotCount() {
    let renewed = Member("c", VolumeIdentity(9))
    #expect(!record().permits(from: at(5), promises: [b: promise(at(5)), renewed: promise(at(0))]))
  }

  @Test func withNobodyToConfirmAllMustPromise() {
    let loose = record(required: 1)
    #expect(!loose.permits(from: at(5), promises: [b: promise(at(5)), c: promise(at(5))]))
  }

  @Test func theCandidateJoinsTheMembersAndBeginsATimeline() {
    let d = Member("d", VolumeIdentity(4))
    let taken = record().taken(by: d)
    #expect(taken.holder == d && taken.term == Term(2) && taken.timeline == TimelineID(2))
    #expect(taken.members == [a, b, c, d] && taken.required == 2)
  }
}
