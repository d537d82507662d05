import CCompression
import NIOCore

/// The container format of the XZ Utils, with the check that they write (CRC-64).
final class XZEncoder: StreamEncoder {
  private let stream = LZMAStream()

  init(level: Int?) throws(CompressionError) {
    let code = lzma_easy_encoder(stream.pointer, UInt32(clamping: level ?? 6), LZMA_CHECK_CRC64)
    guard code == LZMA_OK else { throw .unavailable(.xz, "liblzma answers \(code.rawValue) to level \(level ?? 6)") }
  }

  func encode(_ input: UnsafeRawBufferPointer, into output: inout ByteBuffer) throws(CompressionError) {
    let (code, _) = stream.run(input, into: &output, LZMA_RUN)
    guard code == LZMA_OK || code == LZMA_BUF_ERROR else { throw .unavailable(.xz, "liblzma answers \(code.rawValue)") }
  }

  func finish(into output: inout ByteBuffer) throws(CompressionError) {
    let (code, _) = stream.run(UnsafeRawBufferPointer(start: nil, count: 0), into: &output, LZMA_FINISH)
    guard code == LZMA_STREAM_END else { throw .unavailable(.xz, "liblzma answers \(code.rawValue)") }
  }
}

/// Reads any number of streams, and the padding between them.
final class XZDecoder: StreamDecoder {
  /// What decompressing may take: level 9 needs 65 MiB.
  private static let memoryLimit: UInt64 = 128 << 20
  /// LZMA_CONCATENATED, a macro.
  private static let concatenated: UInt32 = 0x08

  private let stream = LZMAStream()
  private var isAtEnd = false

  init() throws(CompressionError) {
    let code = lzma_stream_decoder(stream.pointer, Self.memoryLimit, Self.concatenated)
    guard code == LZMA_OK else { throw .unavailable(.xz, "liblzma answers \(code.rawValue)") }
  }

  func decode(
    _ input: UnsafeRawBufferPointer, into output: inout ByteBuffer, space: Int
  ) throws(CompressionError) -> Int {
    let (code, taken) = stream.run(input, into: &output, space: space, LZMA_RUN)
    try check(code)
    return taken
  }

  func finish(into output: inout ByteBuffer, space: Int) throws(CompressionError) {
    if isAtEnd { return }
    let before = output.readableBytes
    let (code, _) = stream.run(UnsafeRawBufferPointer(start: nil, count: 0), into: &output, space: space, LZMA_FINISH)
    try check(code)
    isAtEnd = code == LZMA_STREAM_END
    guard isAtEnd || output.readableBytes > before else { throw .truncated(.xz) }
  }

  private func check(_ code: lzma_ret) throws(CompressionError) {
    switch code {
    // LZMA_BUF_ERROR: nothing could be done without more input.
    case LZMA_OK, LZMA_STREAM_END, LZMA_BUF_ERROR: break
    case LZMA_FORMAT_ERROR: throw .corrupt(.xz, "they do not begin like xz")
    case LZMA_MEM_ERROR: throw .unavailable(.xz, "there is no memory left")
    case LZMA_MEMLIMIT_ERROR:
      throw .unavailable(.xz, "decompressing takes more than \(Self.memoryLimit >> 20) MiB of memory")
    default: throw .corrupt(.xz, "liblzma answers \(code.rawValue)")
    }
  }
}

/// An `lzma_stream`.
private final class LZMAStream {
  let pointer: UnsafeMutablePointer<lzma_stream>

  init() {
    pointer = .allocate(capacity: 1)
    // LZMA_STREAM_INIT is all zeros.
    pointer.initialize(to: lzma_stream())
  }

  deinit {
    lzma_end(pointer)
    pointer.deallocate()
  }

  /// Gives the input to the library, and appends to the output: as much as there is, or at most `space` bytes.
  func run(
    _ input: UnsafeRawBufferPointer, into output: inout ByteBuffer, space: Int = .max, _ action: lzma_action
  ) -> (code: lzma_ret, taken: Int) {
    pointer.pointee.next_in = input.bindMemory(to: UInt8.self).baseAddress
    pointer.pointee.avail_in = input.count
    var left = space
    var code: lzma_ret
    var isFull: Bool
    repeat {
      code = LZMA_OK
      isFull = false
      left -= output.writeWithUnsafeMutableBytes(minimumWritableBytes: min(left, 16 << 10)) { free in
        let size = min(free.count, left)
        pointer.pointee.next_out = free.bindMemory(to: UInt8.self).baseAddress
        pointer.pointee.avail_out = size
        code = lzma_code(pointer, action)
        isFull = pointer.pointee.avail_out == 0
        return size - pointer.pointee.avail_out
      }
    } while isFull && left > 0 && code == LZMA_OK
    return (code, input.count - pointer.pointee.avail_in)
  }
}
