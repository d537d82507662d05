import CLinux
import Glibc
import Testing

@testable import Processes

@Suite("Blocking")
struct BlockingTests {
  private static func readByte(_ descriptor: Int32) async throws -> Int {
    try await Blocking.run {
      var byte: UInt8 = 0
      return read(descriptor, &byte, 1)
    }
  }

  @Test("blocking calls do not stop the tasks", .timeLimit(.minutes(1)))
  func doesNotStarve() async throws {
    var ends: [Int32] = [-1, -1]
    try #require(clinux_pipe(&ends) == 0)
    let (readEnd, writeEnd) = (ends[0], ends[1])
    defer {
      close(readEnd)
      close(writeEnd)
    }
    // More than there are threads for tasks, and each waits for what only a task will do.
    let results = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<8 { group.addTask { try await Self.readByte(readEnd) } }
      group.addTask {
        for _ in 0..<10 { await Task.yield() }
        return write(writeEnd, [UInt8](repeating: 1, count: 8), 8)
      }
      return try await group.reduce(into: [Int]()) { $0.append($1) }
    }
    #expect(results.sorted() == [1, 1, 1, 1, 1, 1, 1, 1, 8])
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
