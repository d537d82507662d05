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
    var buffer = ByteBuffer()
    // One more than there is: the read that finds the end needs room, too.
    buffer.reserveCapacity(Int(information.st_size) + 1)
    while true {
      var count = 0
      buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 1) { space in
        count = Glibc.read(descriptor, space.baseAddress, space.count)
        return max(0, count)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw SystemError("read \(path)") }
      if count == 0 { return buffer }
    }
  }
}
