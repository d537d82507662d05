import NIOCore
import Synchronization

/// One upload while it goes on: parts leave through a stream to the tasks that write them, at most so many at once.
///
/// Memory: the part that is being filled or waits for a slot, and one a slot.
final class PartedUpload: Sendable {
  private struct State {
    var buffer: PartBuffer
    var object: PartedObject?
    var written: [WrittenPart] = []
  }

  private let store: any ObjectStore
  private let key: ObjectKey
  private let options: WriteOptions
  private let state: Mutex<State>
  private let slots: Slots
  private let parts: AsyncStream<PartBuffer.Part>
  private let outlet: AsyncStream<PartBuffer.Part>.Continuation

  init(_ store: any ObjectStore, key: ObjectKey, options: WriteOptions, expectedSize: Int64?, parallel: Int) {
    self.store = store
    self.key = key
    self.options = options
    let limits = store.partLimits
    let sizes = PartSizes(limits, expectedSize: expectedSize)
    state = Mutex(State(buffer: PartBuffer(sizes, keepsChecksum: limits.keepsChecksum)))
    slots = Slots(limits.areInOrder ? 1 : max(parallel, 1))
    // Bounded by the slots.
    (parts, outlet) = AsyncStream.makeStream()
  }

  /// What has been begun and must be given up where the upload fails.
  var begun: PartedObject? { state.withLock { $0.object } }

  var total: Int64 { state.withLock { $0.buffer.total } }

  func write(_ bytes: ByteBuffer) async throws {
    var rest = bytes
    while rest.readableBytes > 0 {
      let part: PartBuffer.Part?
      do {
        part = try state.withLock { try $0.buffer.take(from: &rest) }
      } catch is TooManyParts {
        throw ObjectStorageError.tooLarge(key, limit: Int(clamping: total))
      }
      if let part { try await send(part) }
    }
  }

  /// After the last byte: what fits into one part is written as a whole.
  func finish() async throws {
    let last = state.withLock { $0.buffer.last() }
    if last.number == 1 {
      try await store.write(last.bytes, to: key, options: options)
    } else {
      try await send(last)
    }
    outlet.finish()
  }

  private func send(_ part: PartBuffer.Part) async throws {
    try await slots.acquire()
    outlet.yield(part)
  }

  /// Writes the parts as they come, until ``finish()`` or the first failure.
  func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      var object: PartedObject?
      do {
        for await part in parts {
          let begun: PartedObject
          if let object {
            begun = object
          } else {
            begun = try await begin()
            object = begun
            state.withLock { $0.object = begun }
          }
          group.addTask { [self] in
            do {
              let written = try await store.writePart(part.bytes, number: part.number, of: begun)
              state.withLock { $0.written.append(written) }
              slots.release()
            } catch {
              fail(error)
              throw error
            }
          }
        }
        try await group.waitForAll()
      } catch {
        fail(error)
        throw error
      }
    }
  }

  /// Cancelled only after a second: an upload whose name we never learned could not be given up.
  private func begin() async throws -> PartedObject {
    let beginning = Task { try await store.beginParts(of: key, options: options) }
    return try await withTaskCancellationHandler {
      try await beginning.value
    } onCancel: {
      Task {
        try await Task.sleep(for: .seconds(1))
        beginning.cancel()
      }
    }
  }

  private func fail(_ error: any Error) {
    slots.fail(error)
    outlet.finish()
  }

  /// Makes the object of its parts, once all are written.
  func complete() async throws {
    let (object, parts) = state.withLock { state in
      state.object?.md5 = state.buffer.md5
      return (state.object, state.written.sorted { $0.number < $1.number })
    }
    if let object { try await store.completeParts(parts, of: object) }
  }
}
