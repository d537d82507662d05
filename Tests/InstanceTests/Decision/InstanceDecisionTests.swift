import Failover
import Testing

@testable import Instance

@Suite struct InstanceDecisionTests {
  private func step(
    _ data: DataDirectoryState, current: String? = nil, target: String? = nil, initialized: Bool = false,
    goal: Goal? = nil
  ) -> InstanceDecision.Step {
    InstanceDecision.step(
      instance: "pg-1", data: data,
      record: InstanceDecision.Record(current: current, target: target, isInitialized: initialized), goal: goal)
  }

  private let following = Goal.follow(Member("pg-2", VolumeIdentity(2)), Term(1), as: "pg-1.1.1")

  private func waits(_ step: InstanceDecision.Step) -> Bool {
    if case .wait = step { true } else { false }
  }

  @Test func theTargetOfANewClusterInitializesIt() {
    #expect(step(.empty, target: "pg-1") == .initialize)
  }

  @Test func anInitializationThatWasCutShortStartsOver() {
    #expect(step(.incomplete(.initialization), target: "pg-1") == .initialize)
  }

  @Test func nobodyElseInitializes() {
    #expect(step(.empty, target: "pg-2") == .clone(from: "pg-2"))
    #expect(waits(step(.empty)))
  }

  @Test("a cluster that had data once is never initialized again", arguments: [nil, "pg-1"])
  func lostVolume(current: String?) {
    #expect(waits(step(.empty, current: current, target: "pg-1", initialized: true)))
  }

  @Test func withoutDataAnInstanceCopiesItsLeaders() {
    #expect(step(.empty, current: "pg-3", initialized: true, goal: following) == .clone(from: "pg-2"))
  }

  @Test func whereNobodyIsKnownToLeadNothingIsCopied() {
    #expect(waits(step(.empty, current: "pg-2", target: "pg-2", initialized: true)))
  }

  @Test("half-made data are never started", arguments: [IncompleteWork.initialization, .clone, .rewind])
  func incomplete(work: IncompleteWork) {
    #expect(step(.incomplete(work), initialized: true, goal: following) == .clone(from: "pg-2"))
    #expect(waits(step(.incomplete(work), current: "pg-1", initialized: true, goal: .detach)))
  }

  @Test func whoMadeTheFirstDataSaysSo() {
    #expect(step(.complete(isStandby: false), target: "pg-1") == .found)
    #expect(step(.complete(isStandby: false), current: "pg-1", target: "pg-1", initialized: true) == .found)
  }

  @Test func aFormerPrimaryOrAStandbyFoundsNothing() {
    #expect(waits(step(.complete(isStandby: false), current: "pg-2", target: "pg-2", initialized: true)))
    #expect(waits(step(.complete(isStandby: true), current: "pg-1", target: "pg-1", initialized: true)))
  }

  @Test("what the failover wants is done, whatever the status says", arguments: ["pg-1", "pg-2"])
  func goal(current: String) {
    for isStandby in [true, false] {
      #expect(step(.complete(isStandby: isStandby), current: current, goal: following) == .pursue(following))
    }
  }

  @Test func foreignFilesAreLeftAlone() {
    #expect(step(.damaged("why"), target: "pg-1") == .wait("why"))
  }
}
