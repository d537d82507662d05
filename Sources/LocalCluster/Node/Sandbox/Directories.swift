import CLinux
import Foundation
import Glibc

/// Files and directories of pods. Everything blocks.
enum Directories {
  /// A system call that failed, with the path it was about.
  struct Failure: Error, CustomStringConvertible {
    let action: String
    let path: String
    let code: Int32

    init(_ action: String, _ path: String, code: Int32 = errno) {
      self.action = action
      self.path = path
      self.code = code
    }

    var description: String { "cannot \(action) \(path): \(String(cString: strerror(code)))" }
  }

  /// Makes a directory and its parents. One that exists already keeps its mode.
  static func create(_ path: String, mode: mode_t) throws(Failure) {
    if mkdir(path, mode) == 0 {
      // The umask must not narrow what the manifest asks for.
      guard chmod(path, mode) == 0 else { throw Failure("set the mode of", path) }
      return
    }
    if errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
      throw Failure("create", path)
    }
    try create(String(path[..<slash]), mode: 0o755)
    guard mkdir(path, mode) == 0 || errno == EEXIST else { throw Failure("create", path) }
    guard chmod(path, mode) == 0 else { throw Failure("set the mode of", path) }
  }

  /// Tells the file system that what the folders in this one hold belongs together, and with nothing outside: volumes and
  /// pods. ext4 then gives each a region of its own, where thousands of new files neither wait for the same bitmap nor
  /// have to avoid the places of files that were deleted a moment ago. Where there is no such hint nothing changes.
  static func spread(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    _ = clinux_spread_subfolders(descriptor)
  }

  /// Replaces a file's content by writing a new file, or writes into the old one, which keeps its inode: a file that is
  /// mounted into a sandbox must.
  static func write(_ bytes: [UInt8], to path: String, mode: mode_t, inPlace: Bool = false) throws(Failure) {
    let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (inPlace ? 0 : O_TRUNC)
    let descriptor = open(path, flags, mode)
    guard descriptor >= 0 else { throw Failure("open", path) }
    defer { close(descriptor) }
    guard fchmod(descriptor, mode) == 0 else { throw Failure("set the mode of", path) }
    var offset = 0
    while offset < bytes.count {
      let written = bytes[offset...].withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
      if written < 0 {
        if errno == EINTR { continue }
        throw Failure("write", path)
      }
      offset += written
    }
    // Shortened last: a reader in between sees the new text and the old one's end, never an empty file.
    guard ftruncate(descriptor, off_t(bytes.count)) == 0 else { throw Failure("shorten", path) }
  }

  /// Removes a tree without following symbolic links. What cannot be removed is made writable first: a container may
  /// have taken the rights from its own directories.
  static func remove(_ path: String) throws {
    var status = stat()
    // Not access(2), which looks for what a symbolic link leads to.
    guard lstat(path, &status) == 0 || errno != ENOENT else { return }
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      if let entries = FileManager.default.enumerator(atPath: path) {
        chmod(path, 0o700)
        for case let entry as String in entries
        where entries.fileAttributes?[.type] as? FileAttributeType == .typeDirectory {
          chmod("\(path)/\(entry)", 0o700)
        }
      }
      try FileManager.default.removeItem(atPath: path)
    }
  }

  static func names(in path: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: path))?.sorted() ?? []
  }
}
