import CCompression
import NIOCore

/// gzip (RFC 1952): one member, of pieces of deflate (RFC 1951) that end at byte boundaries, each of which may refer back
/// to the 32 KiB before it. Any reader of gzip reads it.
struct GzipFormat: ChunkFormat {
  var level: Int?
  let chunkSize = 512 << 10

  func encode(_ chunk: ByteBuffer, after previous: ByteBuffer?) throws(CompressionError) -> EncodedChunk {
    let stream = ZlibStream()
    let begun = deflateInit2_(
      stream.pointer, Int32(level ?? Int(Z_DEFAULT_COMPRESSION)), Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY,
      ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard begun == Z_OK else { throw .unavailable(.gzip, "zlib answers \(begun) to level \(level ?? -1)") }
    defer { deflateEnd(stream.pointer) }
    previous?.withUnsafeReadableBytes { bytes in
      let window = bytes.suffix(32 << 10)
      _ = deflateSetDictionary(
        stream.pointer, UnsafeRawBufferPointer(rebasing: window).bindMemory(to: Bytef.self).baseAddress,
        uInt(window.count))
    }
    var output = ByteBufferAllocator().buffer(
      capacity: Int(deflateBound(stream.pointer, uLong(chunk.readableBytes))) + 16)
    var checksum: uLong = 0
    let code = chunk.withUnsafeReadableBytes { bytes in
      checksum = crc32(0, bytes.bindMemory(to: Bytef.self).baseAddress, uInt(bytes.count))
      return stream.run(bytes, into: &output) { deflate($0, Z_SYNC_FLUSH) }.code
    }
    // Z_BUF_ERROR: the output ended exactly with the space, and nothing was left to do.
    guard code == Z_OK || code == Z_BUF_ERROR else { throw .unavailable(.gzip, "zlib answers \(code)") }
    return EncodedChunk(bytes: output, length: chunk.readableBytes, checksum: UInt32(truncatingIfNeeded: checksum))
  }

  func makeJoiner() -> any ChunkJoiner { Joiner() }

  private struct Joiner: ChunkJoiner {
    private var hasBegun = false
    private var checksum: uLong = 0
    private var length: UInt64 = 0

    private mutating func begin(_ output: inout ByteBuffer) {
      if hasBegun { return }
      hasBegun = true
      // Deflate, no flags, no time, no extra flags, made by Unix.
      output.writeBytes([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])
    }

    mutating func append(_ chunk: EncodedChunk, to output: inout ByteBuffer) {
      begin(&output)
      output.writeImmutableBuffer(chunk.bytes)
      checksum = crc32_combine(checksum, uLong(chunk.checksum), Int(chunk.length))
      length += UInt64(chunk.length)
    }

    mutating func finish(into output: inout ByteBuffer) {
      begin(&output)
      // The last block: fixed codes, empty.
      output.writeBytes([0x03, 0x00])
      output.writeInteger(UInt32(truncatingIfNeeded: checksum), endianness: .little)
      output.writeInteger(UInt32(truncatingIfNeeded: length), endianness: .little)
    }
  }
}

/// Reads any number of members, and zeros behind the last, as the tool does.
final class GzipDecoder: StreamDecoder {
  private let stream = ZlibStream()
  private var isBetweenMembers = false
  private var sawMember = false

  init() throws(CompressionError) {
    let code = inflateInit2_(stream.pointer, MAX_WBITS + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard code == Z_OK else { throw .unavailable(.gzip, "zlib answers \(code)") }
  }

  deinit { inflateEnd(stream.pointer) }

  func decode(
    _ input: UnsafeRawBufferPointer, into output: inout ByteBuffer, space: Int
  ) throws(CompressionError) -> Int {
    if input.isEmpty && isBetweenMembers { return 0 }
    if isBetweenMembers {
      let zeros = input.prefix { $0 == 0 }.count
      if zeros > 0 { return zeros }
      inflateReset(stream.pointer)
      isBetweenMembers = false
    }
    let (code, taken) = stream.run(input, into: &output, space: space) { inflate($0, Z_NO_FLUSH) }
    switch code {
    case Z_STREAM_END:
      isBetweenMembers = true
      sawMember = true
    case Z_OK, Z_BUF_ERROR: break
    case Z_MEM_ERROR: throw .unavailable(.gzip, "there is no memory left")
    default: throw .corrupt(.gzip, stream.message ?? "zlib answers \(code)")
    }
    return taken
  }

  func finish(into output: inout ByteBuffer, space: Int) throws(CompressionError) {
    guard isBetweenMembers, sawMember else { throw .truncated(.gzip) }
  }
}

/// A `z_stream`, which must not move while it is used.
private final class ZlibStream {
  let pointer: UnsafeMutablePointer<z_stream>

  init() {
    pointer = .allocate(capacity: 1)
    pointer.initialize(to: z_stream())
  }

  deinit { pointer.deallocate() }

  var message: String? { pointer.pointee.msg.map { String(cString: $0) } }

  /// Gives the input to the library, and appends to the output: as much as there is, or at most `space` bytes.
  func run(
    _ input: UnsafeRawBufferPointer, into output: inout ByteBuffer, space: Int = .max,
    _ step: (UnsafeMutablePointer<z_stream>) -> Int32
  ) -> (code: Int32, taken: Int) {
    let part = input.prefix(1 << 30)
    pointer.pointee.next_in = UnsafeMutableRawPointer(
      mutating: UnsafeRawBufferPointer(rebasing: part).baseAddress)?.assumingMemoryBound(to: Bytef.self)
    pointer.pointee.avail_in = uInt(part.count)
    var left = space
    var code: Int32
    var isFull: Bool
    repeat {
      code = Z_OK
      isFull = false
      left -= output.writeWithUnsafeMutableBytes(minimumWritableBytes: min(left, 16 << 10)) { free in
        let size = min(free.count, left, 1 << 30)
        pointer.pointee.next_out = free.bindMemory(to: Bytef.self).baseAddress
        pointer.pointee.avail_out = uInt(size)
        code = step(pointer)
        isFull = pointer.pointee.avail_out == 0
        return size - Int(pointer.pointee.avail_out)
      }
    } while isFull && left > 0 && code == Z_OK
    return (code, part.count - Int(pointer.pointee.avail_in))
  }
}
