import CCompression
import NIOCore

/// bzip2: one stream of blocks, which do not depend on each other.
///
/// Each chunk is small enough to become one block whatever it holds (at worst a run of four bytes becomes five): the library
/// makes a stream of it, from which ``Bzip2Joiner`` takes the block.
struct Bzip2Format: ChunkFormat {
  /// Size of a block in 100 kB, 1 to 9.
  let level: Int

  init(level: Int?) { self.level = level ?? 9 }

  var chunkSize: Int { level * 79_000 }

  func encode(_ chunk: ByteBuffer, after previous: ByteBuffer?) throws(CompressionError) -> EncodedChunk {
    let stream = Bzip2Stream()
    let begun = BZ2_bzCompressInit(stream.pointer, Int32(level), 0, 0)
    guard begun == BZ_OK else { throw .unavailable(.bzip2, "libbz2 answers \(begun) to level \(level)") }
    defer { BZ2_bzCompressEnd(stream.pointer) }
    var output = ByteBufferAllocator().buffer(capacity: chunk.readableBytes / 4)
    let code = chunk.withUnsafeReadableBytes { bytes in
      stream.run(bytes, into: &output, goesOn: BZ_FINISH_OK) { BZ2_bzCompress($0, BZ_FINISH) }.code
    }
    guard code == BZ_STREAM_END else { throw .unavailable(.bzip2, "libbz2 answers \(code)") }
    return EncodedChunk(bytes: output, length: chunk.readableBytes)
  }

  func makeJoiner() -> any ChunkJoiner { Bzip2Joiner(level: level) }
}

/// Reads any number of streams.
final class Bzip2Decoder: StreamDecoder {
  private let stream = Bzip2Stream()
  private var isOpen = false
  private var sawStream = false

  deinit { if isOpen { BZ2_bzDecompressEnd(stream.pointer) } }

  func decode(
    _ input: UnsafeRawBufferPointer, into output: inout ByteBuffer, space: Int
  ) throws(CompressionError) -> Int {
    if !isOpen {
      if input.isEmpty { return 0 }
      guard BZ2_bzDecompressInit(stream.pointer, 0, 0) == BZ_OK else {
        throw .unavailable(.bzip2, "there is no memory left")
      }
      isOpen = true
    }
    let (code, taken) = stream.run(input, into: &output, space: space, goesOn: BZ_OK) { BZ2_bzDecompress($0) }
    switch code {
    case BZ_OK: break
    case BZ_STREAM_END:
      BZ2_bzDecompressEnd(stream.pointer)
      isOpen = false
      sawStream = true
    case BZ_MEM_ERROR: throw .unavailable(.bzip2, "there is no memory left")
    case BZ_DATA_ERROR_MAGIC: throw .corrupt(.bzip2, "they do not begin like bzip2")
    default: throw .corrupt(.bzip2, "libbz2 answers \(code)")
    }
    return taken
  }

  func finish(into output: inout ByteBuffer, space: Int) throws(CompressionError) {
    guard !isOpen, sawStream else { throw .truncated(.bzip2) }
  }
}

/// A `bz_stream`, which must not move while it is used.
private final class Bzip2Stream {
  let pointer: UnsafeMutablePointer<bz_stream>

  init() {
    pointer = .allocate(capacity: 1)
    pointer.initialize(to: bz_stream())
  }

  deinit { pointer.deallocate() }

  /// Gives the input to the library, and appends to the output: as much as there is, or at most `space` bytes.
  ///
  /// - Parameter goesOn: the code after which it is called again, if the output was full.
  func run(
    _ input: UnsafeRawBufferPointer, into output: inout ByteBuffer, space: Int = .max, goesOn: Int32,
    _ step: (UnsafeMutablePointer<bz_stream>) -> Int32
  ) -> (code: Int32, taken: Int) {
    let part = input.prefix(1 << 30)
    pointer.pointee.next_in = UnsafeMutableRawPointer(
      mutating: UnsafeRawBufferPointer(rebasing: part).baseAddress)?.assumingMemoryBound(to: CChar.self)
    pointer.pointee.avail_in = UInt32(part.count)
    var left = space
    var code: Int32
    var isFull: Bool
    repeat {
      code = goesOn
      isFull = false
      left -= output.writeWithUnsafeMutableBytes(minimumWritableBytes: min(left, 16 << 10)) { free in
        let size = min(free.count, left, 1 << 30)
        pointer.pointee.next_out = free.bindMemory(to: CChar.self).baseAddress
        pointer.pointee.avail_out = UInt32(size)
        code = step(pointer)
        isFull = pointer.pointee.avail_out == 0
        return size - Int(pointer.pointee.avail_out)
      }
    } while isFull && left > 0 && code == goesOn
    return (code, part.count - Int(pointer.pointee.avail_in))
  }
}
