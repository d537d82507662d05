import Failover
import PostgreSQL
import Testing

@testable import Instance

@Suite("A wish for postgres") struct ServerGoalTests {
  private func wish(_ number: Int, open: Bool = false) -> ServerGoal.Wish {
    var wish = ServerGoal.Wish()
    wish.goal = .detach
    wish.number = number
    wish.doorsAreOpen = open
    return wish
  }

  @Test("another goal, and doors that close, break off what is being done")
  func replaces() {
    #expect(wish(2).replaces(wish(1)))
    #expect(wish(1, open: false).replaces(wish(1, open: true)))
  }

  @Test("doors that open, and what is only anticipated, do not")
  func goesOn() {
    #expect(!wish(1, open: true).replaces(wish(1)))
    var other = wish(1)
    other.anticipated = StandbyRequirement(names: ["b"], number: 1)
    #expect(!other.replaces(wish(1)))
  }

  @Test("wakes whoever waits, and only for something new")
  func wakes() async {
    let goal = ServerGoal()
    goal.update { $0.number = 1 }
    await goal.changed.sleep(atMost: .seconds(10))
    goal.update { $0.number = 1 }
    let begin = ContinuousClock.now
    await goal.changed.sleep(atMost: .milliseconds(20))
    #expect(ContinuousClock.now - begin >= .milliseconds(20))
  }
}
