import Testing

@testable import Kubernetes

@Suite("A work queue's state")
struct WorkQueueStateTests {
  let now = ContinuousClock.now
  var state = WorkQueueState<String>(backoff: Backoff(first: .seconds(1), limit: .seconds(5)))

  @Test("hands out each key once, in order, however often it was added")
  mutating func deduplicates() {
    for key in ["a", "b", "a", "b"] { state.add(key) }
    #expect(state.next(now: now) == "a")
    #expect(state.next(now: now) == "b")
    #expect(state.next(now: now) == nil)
  }

  @Test("gives a key that is being worked on to nobody else, but again afterwards")
  mutating func exclusive() {
    state.add("a")
    #expect(state.next(now: now) == "a")
    state.add("a")
    #expect(state.next(now: now) == nil)
    state.done("a", failed: false, now: now)
    #expect(state.next(now: now) == "a")
    state.done("a", failed: false, now: now)
    #expect(state.next(now: now) == nil)
  }

  @Test("keeps a key for later until its time, the earliest of several")
  mutating func later() {
    state.add("a", at: now + .seconds(9))
    state.add("a", at: now + .seconds(3))
    state.add("a", at: now + .seconds(6))
    #expect(state.nextDue == now + .seconds(3))
    #expect(state.next(now: now + .seconds(2)) == nil)
    #expect(state.next(now: now + .seconds(3)) == "a")
    #expect(state.nextDue == nil)
  }

  @Test("makes a failing key wait longer and longer, up to a limit, and forgets that after a success")
  mutating func backoff() {
    var pauses: [Duration?] = []
    var time = now
    state.add("a")
    for _ in 0..<5 {
      #expect(state.next(now: time) == "a")
      pauses.append(state.done("a", failed: true, now: time))
      time += .seconds(5)
    }
    #expect(pauses == [.seconds(1), .seconds(2), .seconds(4), .seconds(5), .seconds(5)])
    #expect(state.next(now: time) == "a")
    state.done("a", failed: false, now: time)
    #expect(state.failures(of: "a") == 0)
    #expect(state.next(now: time + .seconds(100)) == nil)
  }

  @Test("looks at a failed key at once if it was added while being worked on")
  mutating func addedMeanwhile() {
    state.add("a")
    #expect(state.next(now: now) == "a")
    state.add("a")
    state.done("a", failed: true, now: now)
    #expect(state.next(now: now) == "a")
  }

  @Test("stays whole through many random additions and completions")
  mutating func random() {
    var generator = SystemRandomNumberGenerator()
    var active: Set<Int> = []
    var owed: Set<Int> = []
    var state = WorkQueueState<Int>(backoff: Backoff(first: .seconds(1), limit: .seconds(5)))
    for _ in 0..<20_000 {
      switch Int.random(in: 0..<3, using: &generator) {
      case 0:
        let key = Int.random(in: 0..<20, using: &generator)
        state.add(key)
        owed.insert(key)
      case 1:
        if let key = state.next(now: now) {
          #expect(active.insert(key).inserted, "two workers at once")
          owed.remove(key)
        } else {
          #expect(owed.subtracting(active).isEmpty, "a key was forgotten")
        }
      default:
        if let key = active.randomElement(using: &generator) {
          active.remove(key)
          state.done(key, failed: false, now: now)
        }
      }
    }
  }
}
