import NIOCore
import Synchronization
import Testing

@testable import ObjectStorage

@Suite("Upload", .timeLimit(.minutes(1)))
struct UploadTests {
  private let key = try! ObjectKey("base/data.tar")
  private let small = PartLimits(minimum: 1, maximum: 1000, count: 10_000)

  @Test("what fits into one part is written at once, even when it fills it")
  func single() async throws {
    for size in [0, 1, 999, 1000] {
      let store = MemoryStore(small)
      let content = noise(size)
      let written = try await store.upload(to: key) { writer in
        var rest = content
        while let piece = rest.readSlice(length: min(300, max(rest.readableBytes, 1))) { try await writer.write(piece) }
      }
      #expect(written == Int64(size))
      #expect(store.state.withLock { $0.objects[key] } == content)
      #expect(store.state.withLock { $0.writes } == 1)
      #expect(store.state.withLock { $0.mostInFlight } == 0)
    }
  }

  @Test("pieces of any size become the same object", arguments: [1, 7, 1000, 1001, 25_000])
  func pieces(_ size: Int) async throws {
    let store = MemoryStore(small)
    let content = noise(12_345)
    try await store.upload(to: key) { writer in
      var rest = content
      while rest.readableBytes > 0, let piece = rest.readSlice(length: min(size, rest.readableBytes)) {
        try await writer.write(piece)
      }
    }
    #expect(store.state.withLock { $0.objects[key] } == content)
  }

  @Test("at most so many parts are on their way, and the writer waits for them")
  func backPressure() async throws {
    let gate = Slots(0)
    let store = MemoryStore(small) { _ in try await gate.acquire() }
    let accepted = Counter()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await store.upload(to: key, parallel: 3) { writer in
          for _ in 0..<100 {
            try await writer.write(noise(500))
            _ = accepted.add(500)
          }
        }
      }
      #expect(await eventually { store.state.withLock { $0.inFlight } == 3 })
      // Three on their way, one full and waiting, and nothing more is taken.
      try await Task.sleep(for: .milliseconds(50))
      #expect(accepted.value <= 4000)
      #expect(store.state.withLock { $0.inFlight } == 3)
      for _ in 0..<50 { gate.release() }
      try await group.waitForAll()
    }
    #expect(store.state.withLock { $0.objects[key]?.readableBytes } == 50_000)
    #expect(store.state.withLock { $0.mostInFlight } == 3)
  }

  @Test("when the body throws there is no object, and the parts are given up")
  func bodyThrows() async throws {
    struct Interrupted: Error {}
    let store = MemoryStore(small)
    await #expect(throws: Interrupted.self) {
      try await store.upload(to: key) { writer in
        try await writer.write(noise(5000))
        throw Interrupted()
      }
    }
    #expect(store.state.withLock { $0.objects.isEmpty && $0.parts.isEmpty })
    #expect(store.state.withLock { $0.abandoned } == 1)
  }

  @Test("an upload that is still being begun when the body throws is given up too")
  func bodyThrowsEarly() async throws {
    struct Interrupted: Error {}
    let store = MemoryStore(small, beginsAfter: .milliseconds(200))
    await #expect(throws: Interrupted.self) {
      try await store.upload(to: key) { writer in
        try await writer.write(noise(3000))
        #expect(await eventually { store.state.withLock { $0.parts["1"] != nil } })
        throw Interrupted()
      }
    }
    #expect(store.state.withLock { $0.abandoned } == 1)
  }

  @Test("when the task is cancelled the parts are given up all the same")
  func cancelled() async throws {
    let gate = Slots(2)
    let store = MemoryStore(small) { _ in try await gate.acquire() }
    let task = Task {
      try await store.upload(to: key, parallel: 2) { writer in
        while true { try await writer.write(noise(500)) }
      }
    }
    #expect(await eventually { store.state.withLock { ($0.parts["1"]?.count ?? 0) == 2 } })
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(store.state.withLock { $0.abandoned } == 1)
    #expect(store.state.withLock { $0.objects.isEmpty })
  }

  @Test("a part that cannot be written ends the upload, also while the writer waits")
  func partFails() async throws {
    let store = MemoryStore(small) { number in
      if number == 3 { throw ObjectStorageError.unavailable(service: "memory", text: "gone") }
    }
    await #expect(throws: ObjectStorageError.unavailable(service: "memory", text: "gone")) {
      try await store.upload(to: key, parallel: 2) { writer in
        while true { try await writer.write(noise(500)) }
      }
    }
    #expect(store.state.withLock { $0.abandoned } == 1)
  }

  @Test("more than the service allows is refused by name")
  func tooLarge() async throws {
    let store = MemoryStore(PartLimits(minimum: 1, maximum: 100, count: 3))
    await #expect(throws: ObjectStorageError.tooLarge(key, limit: 300)) {
      try await store.upload(to: key) { try await $0.write(noise(301)) }
    }
    try await store.upload(to: key) { try await $0.write(noise(300)) }
    #expect(store.state.withLock { $0.objects[key]?.readableBytes } == 300)
  }

  @Test("stores that want parts in order get one at a time")
  func inOrder() async throws {
    let order = Mutex<[Int]>([])
    let store = MemoryStore(PartLimits(minimum: 1, maximum: 100, count: 1000, areInOrder: true)) { number in
      order.withLock { $0.append(number) }
    }
    try await store.upload(to: key, parallel: 8) { try await $0.write(noise(5000)) }
    #expect(order.withLock { $0 } == Array(1...50))
    #expect(store.state.withLock { $0.mostInFlight } == 1)
  }
}
