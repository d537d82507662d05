import Testing

@testable import ObjectStorage

@Suite("Slots", .timeLimit(.minutes(1)))
struct SlotsTests {
  @Test("tasks get a slot in the order they came")
  func limit() async throws {
    let slots = Slots(2)
    let (inside, most) = (Counter(), Counter())
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<100 {
        group.addTask {
          try await slots.acquire()
          let now = inside.add(1)
          if now > most.value { most.next() }
          await Task.yield()
          _ = inside.add(-1)
          slots.release()
        }
      }
      try await group.waitForAll()
    }
    #expect(most.value <= 2)
  }

  @Test("whoever is cancelled leaves the line, and the next one gets the slot")
  func cancelled() async throws {
    let slots = Slots(0)
    let first = Task { try await slots.acquire() }
    let second = Task { try await slots.acquire() }
    first.cancel()
    await #expect(throws: CancellationError.self) { try await first.value }
    slots.release()
    try await second.value
    let third = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await slots.acquire()
    }
    await #expect(throws: CancellationError.self) { try await third.value }
  }

  @Test("after a failure everybody is told")
  func failed() async throws {
    let slots = Slots(0)
    let waiting = Task { try await slots.acquire() }
    slots.fail(ObjectStorageError.credentials("no"))
    await #expect(throws: ObjectStorageError.self) { try await waiting.value }
    await #expect(throws: ObjectStorageError.self) { try await slots.acquire() }
  }
}
