import Testing

@testable import Instance

@Suite struct ShutdownPlanTests {
  @Test func theDefaultsLeaveClientsTheirTimeAndThenDisconnectThem() {
    #expect(
      ShutdownPlan.onTermination(stopDelay: 1800, smartShutdownTimeout: 180).steps == [
        .init(mode: .smart, seconds: 180), .init(mode: .fast, seconds: 1615), .init(mode: .immediate, seconds: 5),
      ])
  }

  @Test func aShortStopDelaySkipsTheSmartShutdown() {
    #expect(
      ShutdownPlan.onTermination(stopDelay: 30, smartShutdownTimeout: 180).steps == [
        .init(mode: .fast, seconds: 27), .init(mode: .immediate, seconds: 3),
      ])
  }

  @Test(
    "never takes longer than the pod has",
    arguments: [(0, 0), (1, 0), (1, 180), (2, 1), (10, 9), (180, 180), (181, 180), (3600, 0)])
  func total(stopDelay: Int, smart: Int) {
    let plan = ShutdownPlan.onTermination(stopDelay: stopDelay, smartShutdownTimeout: smart)
    #expect(plan.steps.map(\.seconds).reduce(0, +) <= max(2, stopDelay))
    #expect(plan.steps.allSatisfy { $0.seconds > 0 })
    #expect(plan.steps.last?.mode == .immediate)
  }
}
