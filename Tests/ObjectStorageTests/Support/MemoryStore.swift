import NIOCore
import Synchronization

@testable import ObjectStorage

/// A store in memory that counts, and fails where a test says so: for what is built on all stores alike.
final class MemoryStore: ObjectStore {
  struct State {
    var objects: [ObjectKey: ByteBuffer] = [:]
    var parts: [String: [Int: ByteBuffer]] = [:]
    var abandoned = 0
    var writes = 0
    var inFlight = 0
    var mostInFlight = 0
    var mostBytes = 0
    var version = 1
  }

  let state = Mutex(State())
  let partLimits: PartLimits
  let location = "memory"
  /// Before an upload that was begun is answered.
  private let beginsAfter: Duration
  /// Called before a part is taken.
  private let onPart: @Sendable (Int) async throws -> Void

  init(
    _ limits: PartLimits = PartLimits(minimum: 1, maximum: 1 << 30, count: 10_000),
    beginsAfter: Duration = .zero,
    onPart: @escaping @Sendable (Int) async throws -> Void = { _ in }
  ) {
    partLimits = limits
    self.beginsAfter = beginsAfter
    self.onPart = onPart
  }

  func information(of key: ObjectKey) async throws -> ObjectInformation? {
    state.withLock { state in
      state.objects[key].map { .init(key: key, size: Int64($0.readableBytes), tag: "\(state.version)") }
    }
  }

  func read(_ key: ObjectKey, from offset: Int64) async throws -> ObjectContent {
    throw ObjectStorageError.notFound(key)
  }

  func write(_ bytes: ByteBuffer, to key: ObjectKey, options: WriteOptions) async throws {
    state.withLock {
      $0.objects[key] = bytes
      $0.writes += 1
    }
  }

  func list(_ prefix: String, isFlat: Bool, after token: String?) async throws -> ObjectListing { ObjectListing() }
  func delete(_ keys: [ObjectKey]) async throws {}

  func beginParts(of key: ObjectKey, options: WriteOptions) async throws -> PartedObject {
    state.withLock { $0.parts["1"] = [:] }
    try await Task.sleep(for: beginsAfter)
    return PartedObject(key: key, id: "1", options: options)
  }

  func writePart(_ bytes: ByteBuffer, number: Int, of object: PartedObject) async throws -> WrittenPart {
    state.withLock {
      $0.inFlight += 1
      $0.mostInFlight = max($0.mostInFlight, $0.inFlight)
    }
    defer { state.withLock { $0.inFlight -= 1 } }
    try await onPart(number)
    state.withLock { $0.parts[object.id]?[number] = bytes }
    return WrittenPart(number: number, tag: "\(number)")
  }

  func completeParts(_ parts: [WrittenPart], of object: PartedObject) async throws {
    state.withLock { state in
      var all = ByteBuffer()
      for part in parts {
        guard var bytes = state.parts[object.id]?[part.number] else { continue }
        all.writeBuffer(&bytes)
      }
      state.objects[object.key] = all
      state.parts = [:]
    }
  }

  func abandonParts(of object: PartedObject) async throws {
    state.withLock {
      $0.parts = [:]
      $0.abandoned += 1
    }
  }

  func shutdown() async {}
}
