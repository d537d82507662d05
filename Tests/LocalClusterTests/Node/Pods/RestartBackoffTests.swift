import Foundation
import Testing

@testable import LocalCluster

@Suite("The back-off of restarts")
struct RestartBackoffTests {
  let start = Date(timeIntervalSince1970: 1_000_000)

  @Test("lets the first restart happen at once, then waits 10 s, doubling up to five minutes")
  func doubling() {
    var backoff = RestartBackoff()
    var finished = start
    var delays: [TimeInterval] = []
    for _ in 0..<8 {
      let earliest = backoff.earliestRestart(after: finished, now: finished) ?? finished
      delays.append(earliest.timeIntervalSince(finished))
      backoff.noteRestart(after: finished)
      finished = earliest + 1
    }
    #expect(delays == [0, 10, 20, 40, 80, 160, 300, 300])
  }

  @Test("is over when its time has come")
  func over() {
    var backoff = RestartBackoff()
    backoff.noteRestart(after: start)
    #expect(backoff.earliestRestart(after: start + 1, now: start + 5) == start + 11)
    #expect(backoff.earliestRestart(after: start + 1, now: start + 11) == nil)
  }

  @Test("begins anew after a run of more than ten minutes")
  func reset() {
    var backoff = RestartBackoff()
    backoff.noteRestart(after: start)
    backoff.noteRestart(after: start + 1)
    let later = start + 700
    #expect(backoff.earliestRestart(after: later, now: later) == nil)
    backoff.noteRestart(after: later)
    #expect(backoff.delay == 10)
  }
}
