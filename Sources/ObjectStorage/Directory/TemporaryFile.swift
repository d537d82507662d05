import Glibc
import NIOCore
import Processes

/// A hidden file that becomes an object.
final class TemporaryFile: Sendable {
  let name: String
  private let descriptor: Int32
  private let folder: OpenFolder
  private let key: ObjectKey

  init(_ descriptor: Int32, name: String, in folder: OpenFolder, key: ObjectKey) {
    self.descriptor = descriptor
    self.name = name
    self.folder = folder
    self.key = key
  }

  deinit { close(descriptor) }

  func append(_ bytes: ByteBuffer) throws(SystemError) {
    let result = bytes.withUnsafeReadableBytes { all -> SystemError? in
      var rest = all[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return SystemError("write \(key)") }
        rest = rest.dropFirst(count)
      }
      return nil
    }
    if let result { throw result }
  }

  /// Gives the file its name. It is on disk when this returns.
  func publish() throws(SystemError) {
    guard fsync(descriptor) == 0 else { throw SystemError("flush \(key)") }
    guard renameat(folder.descriptor, name, folder.descriptor, key.name) == 0 else {
      throw SystemError("rename \(key)")
    }
    guard fsync(folder.descriptor) == 0 else { throw SystemError("flush the folder of \(key)") }
  }

  func discard() { unlinkat(folder.descriptor, name, 0) }
}
