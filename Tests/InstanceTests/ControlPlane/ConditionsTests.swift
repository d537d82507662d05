import Kubernetes
import Testing

@testable import Instance

@Suite struct ConditionsTests {
  private func set(_ status: Bool, _ reason: String, in conditions: [Condition], now: String) -> [Condition]? {
    Conditions.setting("A", status: status, reason: reason, message: "m", in: conditions, now: now)
  }

  @Test func whatIsSaidAlreadyIsNotWritten() throws {
    let first = try #require(set(true, "R", in: [], now: "t1"))
    #expect(set(true, "R", in: first, now: "t2") == nil)
  }

  @Test func theTimeChangesWithTheStatusOnly() throws {
    let first = try #require(set(true, "R", in: [], now: "t1"))
    let reason = try #require(set(true, "S", in: first, now: "t2"))
    #expect(reason.map(\.lastTransitionTime) == ["t1"])
    let status = try #require(set(false, "S", in: reason, now: "t3"))
    #expect(status.map(\.lastTransitionTime) == ["t3"])
    #expect(status.map(\.status) == ["False"])
  }

  @Test func othersConditionsStayAsTheyAre() throws {
    let other = Condition.with { $0.type = "B" }
    let conditions = try #require(set(true, "R", in: [other], now: "t1"))
    #expect(conditions.first == other && conditions.count == 2)
  }
}
