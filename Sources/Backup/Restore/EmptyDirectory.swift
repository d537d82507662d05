import Glibc
import Processes

/// Directories that a restore fills. The calls block.
enum EmptyDirectory {
  /// Makes it, and those above it, or finds that it is empty.
  static func ensure(_ path: String) throws {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard path.hasPrefix("/"), !parts.dropFirst().contains(where: { $0 == "" || $0 == "." || $0 == ".." }) else {
      throw UnpackingError.badLocation(path)
    }
    for count in 2...parts.count { try makeIfMissing(parts[..<count].joined(separator: "/")) }
    guard let directory = opendir(path) else { throw SystemError("open \(path)") }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      // A volume of its own has that at its root.
      if ![".", "..", "lost+found"].contains(name) { throw UnpackingError.notEmpty(path) }
    }
  }

  static func makeIfMissing(_ path: String) throws {
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw SystemError("make \(path)") }
  }

  /// One that is empty, or is not there.
  static func remove(_ path: String) throws {
    guard rmdir(path) == 0 || errno == ENOENT else { throw SystemError("remove \(path)") }
  }

  static func link(_ path: String, to target: String) throws {
    guard symlink(target, path) == 0 else { throw SystemError("link \(path) to \(target)") }
  }
}
