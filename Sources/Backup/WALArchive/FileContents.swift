import Glibc
import NIOCore
import Processes

/// A file of some megabytes, at once.
enum FileContents {
  /// The call blocks.
  static func read(_ path: String) throws(SystemError) -> ByteBuffer {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError("open \(path)") }
    defer { close(descriptor) }
    var information = stat()
    guard fstat(descriptor, &information) == 0 else { throw SystemError("look at \(path)") }
    // A buffer's capacity is a power of two, as a segment's size is: with one byte more it would be twice as large.
    let size = Int(information.st_size)
    var buffer = ByteBuffer()
    buffer.reserveCapacity(size)
    while buffer.readableBytes < size {
      var count = 0
      let left = size - buffer.readableBytes
      buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 1) { space in
        count = Glibc.read(descriptor, space.baseAddress, min(space.count, left))
        return max(0, count)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw SystemError("read \(path)") }
      if count == 0 { break }
    }
    return buffer
  }
}
