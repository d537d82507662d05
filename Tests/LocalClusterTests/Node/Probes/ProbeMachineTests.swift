import Foundation
import Kubernetes
import Testing

@testable import LocalCluster

@Suite("A probe's schedule")
struct ProbeMachineTests {
  private func probe(
    period: Int = 10, failures: Int = 3, successes: Int = 1, delay: Int = 0
  ) -> Probe {
    .with {
      $0.periodSeconds = period
      $0.failureThreshold = failures
      $0.successThreshold = successes
      $0.initialDelaySeconds = delay
    }
  }

  /// Answers every try at once until the limit; the times of the tries.
  private func tries(_ machine: inout ProbeMachine, until limit: TimeInterval, success: Bool) -> [TimeInterval] {
    var times: [TimeInterval] = []
    while machine.next < limit {
      let time = machine.next
      times.append((time * 10).rounded() / 10)
      _ = machine.record(success: success, started: time, finished: time)
    }
    return times
  }

  @Test(
    "tries a starting container again early: after 100 ms, from ten seconds on after 500 ms",
    arguments: [ProbeMachine.Purpose.startup, .readiness])
  func early(purpose: ProbeMachine.Purpose) {
    var machine = ProbeMachine(probe(), purpose: purpose)
    let all = tries(&machine, until: 15, success: false)
    #expect(all.prefix(4) == [0, 0.1, 0.2, 0.3])
    #expect(all.filter { $0 > 11 && $0 <= 13 }.count == 4)
  }

  @Test("counts one failure a period, however many early tries fail")
  func counting() {
    var machine = ProbeMachine(probe(period: 10, failures: 3), purpose: .startup)
    var failedAt: TimeInterval = 0
    while failedAt == 0, machine.next < 100 {
      let time = machine.next
      if machine.record(success: false, started: time, finished: time) == .failed { failedAt = time }
    }
    // Periods begin at 0, 10 and 20 seconds; the third failure is the first try of the third period.
    #expect(failedAt >= 20)
    #expect(failedAt < 20.6)
  }

  @Test("tries a container that was ready once a period only")
  func steady() {
    var machine = ProbeMachine(probe(period: 5), purpose: .readiness)
    #expect(machine.record(success: true, started: 0, finished: 0.01) == .succeeded)
    #expect(tries(&machine, until: 21, success: false) == [5, 10, 15, 20])
  }

  @Test("takes a ready container out after as many failures in a row as the threshold says")
  func threshold() {
    var machine = ProbeMachine(probe(failures: 3), purpose: .readiness)
    _ = machine.record(success: true, started: 0, finished: 0)
    #expect(machine.record(success: false, started: 10, finished: 10) == .none)
    #expect(machine.record(success: false, started: 20, finished: 20) == .none)
    #expect(machine.record(success: true, started: 30, finished: 30) == .succeeded)
    #expect(machine.record(success: false, started: 40, finished: 40) == .none)
    #expect(machine.record(success: false, started: 50, finished: 50) == .none)
    #expect(machine.record(success: false, started: 60, finished: 60) == .failed)
  }

  @Test("never tries liveness early: each failure counts")
  func liveness() {
    var machine = ProbeMachine(probe(period: 10, failures: 2, delay: 3), purpose: .liveness)
    #expect(machine.next == 3)
    #expect(machine.record(success: false, started: 3, finished: 3) == .none)
    #expect(machine.next == 13)
    #expect(machine.record(success: false, started: 13, finished: 13) == .failed)
  }

  @Test("wants as many successes in a row as the threshold says, asking for them early")
  func successes() {
    var machine = ProbeMachine(probe(successes: 2), purpose: .readiness)
    #expect(machine.record(success: true, started: 0, finished: 0) == .none)
    #expect(machine.next == 0.1)
    #expect(machine.record(success: true, started: 0.1, finished: 0.1) == .succeeded)
    #expect(machine.next == 10.1)
  }

  @Test("begins after its delay, or after the startup probe if that is later")
  func delay() {
    #expect(ProbeMachine(probe(delay: 30), purpose: .readiness, start: 5).next == 30)
    #expect(ProbeMachine(probe(delay: 30), purpose: .readiness, start: 50).next == 50)
  }

  @Test("says nothing of a container that is not up yet in its first period, unless that was its last chance")
  func notable() {
    var machine = ProbeMachine(probe(period: 10, failures: 3), purpose: .startup)
    _ = machine.record(success: false, started: 0, finished: 0)
    #expect(!machine.isLastFailureNotable)
    _ = machine.record(success: false, started: 10, finished: 10)
    #expect(machine.isLastFailureNotable)
    _ = machine.record(success: false, started: 10.5, finished: 10.5)
    #expect(!machine.isLastFailureNotable)
    var strict = ProbeMachine(probe(failures: 1), purpose: .startup)
    #expect(strict.record(success: false, started: 0, finished: 0) == .failed)
    #expect(strict.isLastFailureNotable)
  }

  @Test("does not try again while a slow answer is awaited")
  func slow() {
    var machine = ProbeMachine(probe(period: 2), purpose: .liveness)
    _ = machine.record(success: false, started: 0, finished: 5)
    #expect(machine.next == 5)
  }
}
