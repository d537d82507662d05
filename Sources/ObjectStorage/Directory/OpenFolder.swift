import Glibc
import Processes

/// A folder that is held open.
final class OpenFolder: Sendable {
  let descriptor: Int32

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  struct Entry {
    var name: String
    var isFolder: Bool
  }

  /// Regular files and folders; links, pipes and devices are none of ours. Names that are no UTF-8 neither.
  func entries() throws -> [Entry] {
    let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0, let stream = fdopendir(copy) else { throw SystemError("list a folder") }
    defer { closedir(stream) }
    var found: [Entry] = []
    errno = 0
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(validating: $0.prefix { $0 != 0 }, as: UTF8.self) }
      var type = Int32(entry.pointee.d_type)
      guard let name, name != ".", name != ".." else { continue }
      if type == Int32(DT_UNKNOWN) { type = self.type(of: name) }
      if type == Int32(DT_REG) || type == Int32(DT_DIR) {
        found.append(Entry(name: name, isFolder: type == Int32(DT_DIR)))
      }
      errno = 0
    }
    guard errno == 0 else { throw SystemError("list a folder") }
    return found
  }

  /// Some file systems do not tell it with the name.
  private func type(of name: String) -> Int32 {
    var status = stat()
    guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return Int32(DT_UNKNOWN) }
    return switch status.st_mode & S_IFMT {
    case S_IFREG: Int32(DT_REG)
    case S_IFDIR: Int32(DT_DIR)
    default: Int32(DT_LNK)
    }
  }
}
