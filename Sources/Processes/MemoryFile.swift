import CLinux
import Glibc

/// Bytes for a program to read, in a file that has no name and nobody else can open: not an argument, which everybody
/// sees, and not a pipe, which somebody would have to write while the program reads.
public enum MemoryFile {
  /// - Returns: a descriptor at the beginning of the bytes, close-on-exec; the caller closes it.
  public static func make(_ bytes: [UInt8], name: String = "input") throws(SystemError) -> Int32 {
    let descriptor = clinux_memory_file(name)
    guard descriptor >= 0 else { throw SystemError("make a file in memory") }
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(written)) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        let error = SystemError("fill a file in memory")
        close(descriptor)
        throw error
      }
      written += count
    }
    return descriptor
  }
}
