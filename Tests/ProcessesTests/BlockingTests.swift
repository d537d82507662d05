import Glibc
import Testing

@testable import Processes

@Suite("Blocking")
struct BlockingTests {
  private static func pause() async throws {
    try await Blocking.run { _ = usleep(500_000) }
  }

  @Test("blocking calls do not stop the tasks", .timeLimit(.minutes(1)))
  func doesNotStarve() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      // More than there are threads for tasks.
      for _ in 0..<8 { group.addTask { try await Self.pause() } }
      let start = ContinuousClock.now
      for _ in 0..<10 { await Task.yield() }
      #expect(start.duration(to: .now) < .milliseconds(400))
      try await group.waitForAll()
      #expect(start.duration(to: .now) < .seconds(5))
    }
  }

  private struct Odd: Error {}

  private static func evenOrNil(_ number: Int) async -> Int? {
    do {
      return try await Blocking.run {
        guard number % 2 == 0 else { throw Odd() }
        return number
      }
    } catch {
      #expect(error is Odd)
      return nil
    }
  }

  @Test("more jobs than threads are all done, errors reach their caller", .timeLimit(.minutes(1)))
  func many() async throws {
    let results = await withTaskGroup(of: Int?.self) { group in
      for number in 0..<100 { group.addTask { await Self.evenOrNil(number) } }
      return await group.reduce(into: [Int]()) { if let value = $1 { $0.append(value) } }
    }
    #expect(results.sorted() == Array(stride(from: 0, to: 100, by: 2)))
  }
}
