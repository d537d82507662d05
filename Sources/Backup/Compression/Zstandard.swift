import CCompression
import NIOCore

/// One frame (RFC 8878) with a checksum. The library has threads of its own.
final class ZstandardEncoder: StreamEncoder {
  private let context: OpaquePointer

  init(level: Int?, threads: Int) throws(CompressionError) {
    guard let context = ZSTD_createCCtx() else { throw .unavailable(.zstd, "there is no memory left") }
    self.context = context
    var settings: [(ZSTD_cParameter, Int)] = [(ZSTD_c_checksumFlag, 1)]
    if let level { settings.append((ZSTD_c_compressionLevel, level)) }
    for (parameter, value) in settings {
      try check(ZSTD_CCtx_setParameter(context, parameter, Int32(clamping: value)))
    }
    // A library that was built without threads refuses; then it takes longer.
    if threads > 1 { _ = ZSTD_CCtx_setParameter(context, ZSTD_c_nbWorkers, Int32(clamping: threads)) }
  }

  deinit { ZSTD_freeCCtx(context) }

  func encode(_ input: UnsafeRawBufferPointer, into output: inout ByteBuffer) throws(CompressionError) {
    var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    while source.pos < source.size { _ = try step(&source, into: &output, ZSTD_e_continue) }
  }

  func finish(into output: inout ByteBuffer) throws(CompressionError) {
    var source = ZSTD_inBuffer(src: nil, size: 0, pos: 0)
    while try step(&source, into: &output, ZSTD_e_end) != 0 {}
  }

  private func step(
    _ source: inout ZSTD_inBuffer, into output: inout ByteBuffer, _ directive: ZSTD_EndDirective
  ) throws(CompressionError) -> Int {
    var code = 0
    output.writeWithUnsafeMutableBytes(minimumWritableBytes: 64 << 10) { free in
      var target = ZSTD_outBuffer(dst: free.baseAddress, size: free.count, pos: 0)
      code = ZSTD_compressStream2(context, &target, &source, directive)
      return target.pos
    }
    return try check(code)
  }

  @discardableResult
  private func check(_ code: Int) throws(CompressionError) -> Int {
    guard ZSTD_isError(code) == 0 else { throw .unavailable(.zstd, String(cString: ZSTD_getErrorName(code))) }
    return code
  }
}

/// Reads any number of frames. Those that need more than 128 MiB of memory (`--long=28` and above) are refused by the library.
final class ZstandardDecoder: StreamDecoder {
  private let context: OpaquePointer
  private var isBetweenFrames = false

  init() throws(CompressionError) {
    guard let context = ZSTD_createDCtx() else { throw .unavailable(.zstd, "there is no memory left") }
    self.context = context
  }

  deinit { ZSTD_freeDCtx(context) }

  func decode(
    _ input: UnsafeRawBufferPointer, into output: inout ByteBuffer, space: Int
  ) throws(CompressionError) -> Int {
    if input.isEmpty && isBetweenFrames { return 0 }
    var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    var code = 0
    var written = 0
    output.writeWithUnsafeMutableBytes(minimumWritableBytes: space) { free in
      var target = ZSTD_outBuffer(dst: free.baseAddress, size: min(free.count, space), pos: 0)
      code = ZSTD_decompressStream(context, &target, &source)
      written = target.pos
      return written
    }
    guard ZSTD_isError(code) == 0 else { throw .corrupt(.zstd, String(cString: ZSTD_getErrorName(code))) }
    // Where nothing happened the answer is only a hint how much would be good to have.
    if source.pos > 0 || written > 0 { isBetweenFrames = code == 0 }
    return source.pos
  }

  func finish(into output: inout ByteBuffer, space: Int) throws(CompressionError) {
    guard isBetweenFrames else { throw .truncated(.zstd) }
  }
}
