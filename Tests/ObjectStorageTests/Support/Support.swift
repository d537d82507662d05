import Foundation
import Logging
import NIOCore
import Synchronization

@testable import ObjectStorage

/// A folder that goes with the last reference to it.
final class TemporaryFolder: Sendable {
  let path: String

  init(_ name: String) throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "\(name)-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path()
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Counts how often something happened.
final class Counter: Sendable {
  private let count = Mutex(0)
  var value: Int { count.withLock { $0 } }

  @discardableResult
  func next() -> Int {
    count.withLock { count in
      count += 1
      return count
    }
  }

  func add(_ number: Int) -> Int {
    count.withLock { count in
      count += number
      return count
    }
  }
}

/// Waits until something is true, for at most ten seconds.
func eventually(_ condition: () async -> Bool) async -> Bool {
  let end = ContinuousClock.now + .seconds(10)
  while ContinuousClock.now < end {
    if await condition() { return true }
    try? await Task.sleep(for: .milliseconds(5))
  }
  return false
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Tests do not wait as long as people would.
let impatient = ServiceClient.Limits(
  connect: .seconds(5), idle: .seconds(3),
  policy: RetryPolicy(first: .milliseconds(5), limit: .milliseconds(50), deadline: .seconds(40)))

/// Bytes that are not all alike, and the same for the same seed.
func noise(_ count: Int, seed: UInt64 = 1) -> ByteBuffer {
  var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
  let block = (0..<512).map { _ in
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
  var buffer = ByteBuffer()
  buffer.reserveCapacity(count + 4096)
  // Each block of 4 KiB begins with its number.
  while buffer.readableBytes < count {
    buffer.writeInteger(UInt64(buffer.readableBytes) ^ block[0])
    block.withUnsafeBytes { _ = buffer.writeBytes($0.dropFirst(8)) }
  }
  return buffer.readSlice(length: count) ?? ByteBuffer()
}

extension ObjectStore {
  func content(_ key: ObjectKey, from offset: Int64 = 0, limit: Int = 1 << 28) async throws -> ByteBuffer {
    try await download(key, from: offset).collect(limit: limit)
  }
}

/// Closes the store after the body.
func with<Store: ObjectStore>(_ store: Store, _ body: (Store) async throws -> Void) async throws {
  let result: Result<Void, any Error>
  do {
    result = .success(try await body(store))
  } catch {
    result = .failure(error)
  }
  await store.shutdown()
  try result.get()
}
