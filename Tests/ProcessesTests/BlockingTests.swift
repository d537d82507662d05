import Glibc
import Synchronization
import Testing

@testable import Processes

@Suite("Blocking")
struct BlockingTests {
  @Test("blocking calls do not stop the tasks", .timeLimit(.minutes(1)))
  func doesNotStarve() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      // More than there are threads for tasks.
      for _ in 0..<8 { group.addTask { try await Blocking.run { usleep(500_000) } } }
      let start = ContinuousClock.now
      for _ in 0..<10 { await Task.yield() }
      #expect(start.duration(to: .now) < .milliseconds(400))
      try await group.waitForAll()
      #expect(start.duration(to: .now) < .seconds(5))
    }
  }

  @Test("more jobs than threads are all done, errors reach their caller", .timeLimit(.minutes(1)))
  func many() async throws {
    struct Odd: Error {}
    let sum = Mutex(0)
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<100 {
        group.addTask {
          do {
            let value = try await Blocking.run {
              guard number % 2 == 0 else { throw Odd() }
              return number
            }
            sum.withLock { $0 += value }
          } catch { #expect(error is Odd && number % 2 == 1) }
        }
      }
    }
    let total = sum.withLock { $0 }
    #expect(total == 2450)
  }
}
