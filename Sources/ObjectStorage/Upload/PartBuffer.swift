import Crypto
import NIOCore

/// Cuts a stream of bytes into parts.
struct PartBuffer {
  struct Part: Sendable {
    var number: Int
    var bytes: ByteBuffer
  }

  private let sizes: PartSizes
  private let allocator = ByteBufferAllocator()
  private var pending = ByteBuffer()
  private var number = 1
  private var whole: Insecure.MD5?
  private(set) var total: Int64 = 0

  init(_ sizes: PartSizes, keepsChecksum: Bool) {
    self.sizes = sizes
    whole = keepsChecksum ? Insecure.MD5() : nil
  }

  /// Takes as many bytes as fit. A part is given away only when more follows, so that whatever fits into one stays whole.
  ///
  /// - Throws: ``TooManyParts``.
  mutating func take(from bytes: inout ByteBuffer) throws(TooManyParts) -> Part? {
    guard bytes.readableBytes > 0 else { return nil }
    guard let size = sizes.size(ofPart: number) else { throw TooManyParts() }
    let part = pending.readableBytes == size ? removePending() : nil
    // The next part may be the one too many.
    guard let size = sizes.size(ofPart: number) else { throw TooManyParts() }
    let taken = min(size - pending.readableBytes, bytes.readableBytes)
    guard var slice = bytes.readSlice(length: taken) else { return part }
    if pending.capacity == 0 { pending = allocator.buffer(capacity: min(size, max(taken, 256 << 10))) }
    if whole != nil { slice.withUnsafeReadableBytes { whole?.update(bufferPointer: $0) } }
    pending.writeBuffer(&slice)
    total += Int64(taken)
    return part
  }

  /// What is left when everything has been taken.
  mutating func last() -> Part { removePending() }

  /// Of everything that was taken.
  var md5: [UInt8]? { whole.map { Array($0.finalize()) } }

  private mutating func removePending() -> Part {
    defer {
      pending = ByteBuffer()
      number += 1
    }
    return Part(number: number, bytes: pending)
  }
}

/// More came than the service allows for one object.
struct TooManyParts: Error {}
