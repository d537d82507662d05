import Testing

@testable import Instance

@Suite struct InstanceDecisionTests {
  private func step(
    _ data: DataDirectoryState, current: String? = nil, target: String? = nil, initialized: Bool = false
  ) -> InstanceDecision.Step {
    InstanceDecision.step(
      instance: "pg-1", data: data,
      record: InstanceDecision.Record(current: current, target: target, isInitialized: initialized))
  }

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

  @Test func withoutDataAnInstanceCopiesThePrimarys() {
    #expect(step(.empty, current: "pg-2", target: "pg-2", initialized: true) == .clone(from: "pg-2"))
  }

  @Test("half-made data are never started", arguments: [IncompleteWork.initialization, .clone, .rewind])
  func incomplete(work: IncompleteWork) {
    #expect(step(.incomplete(work), current: "pg-2", target: "pg-2", initialized: true) == .clone(from: "pg-2"))
    #expect(waits(step(.incomplete(work), current: "pg-1", target: "pg-1", initialized: true)))
  }

  @Test func theRecordedPrimaryRunsAsOne() {
    #expect(
      step(.complete(isStandby: false), current: "pg-1", target: "pg-1", initialized: true)
        == .run(.primary, rewind: false))
  }

  @Test func aCrashBetweenInitializationAndItsRecordIsNoReasonToStartOver() {
    #expect(step(.complete(isStandby: false), target: "pg-1") == .run(.primary, rewind: false))
  }

  @Test func aFormerPrimaryRewindsBeforeItFollows() {
    #expect(
      step(.complete(isStandby: false), current: "pg-2", target: "pg-2", initialized: true)
        == .run(.standby, rewind: true))
  }

  @Test func aStandbyFollows() {
    #expect(
      step(.complete(isStandby: true), current: "pg-2", target: "pg-2", initialized: true)
        == .run(.standby, rewind: false))
  }

  @Test("a standby is not promoted here, whatever the status says", arguments: ["pg-1", "pg-2"])
  func noPromotion(target: String) {
    #expect(step(.complete(isStandby: true), current: "pg-1", target: target) == .run(.standby, rewind: false))
    #expect(step(.complete(isStandby: true), current: "pg-2", target: "pg-1") == .run(.standby, rewind: false))
    #expect(waits(step(.complete(isStandby: true), target: target)))
  }

  @Test func foreignFilesAreLeftAlone() {
    #expect(step(.damaged("why"), target: "pg-1") == .wait("why"))
  }
}
