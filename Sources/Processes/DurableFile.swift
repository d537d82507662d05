import CLinux
import Glibc

/// Files that are either the old or the new one, whatever happens, and that survive a crash once `write` has returned.
///
/// The calls block; use ``Blocking/run(_:)``.
public enum DurableFile {
  /// Replaces the file: a temporary one beside it, `fsync`, `rename`, `fsync` of the folder.
  ///
  /// - Parameter waitsForDisk: whether both are flushed. Without that readers still see all of it or none, but after a
  ///   loss of power it may be the old file, the new one or an empty one: for what is made anew before anybody relies on it.
  /// - Throws: ``SystemError``; the old file is untouched then, or replaced but not yet known to be on disk.
  public static func write(
    _ bytes: [UInt8], to path: String, mode: mode_t = 0o644, waitsForDisk: Bool = true
  ) throws(SystemError) {
    var template = Array("\(path).XXXXXX".utf8CString)
    let descriptor = clinux_temporary_file(&template)
    guard descriptor >= 0 else { throw SystemError("create a file beside \(path)") }
    let temporary = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    do throws(SystemError) {
      defer { close(descriptor) }
      // Not subject to the umask, so that the mode is what was asked for.
      guard fchmod(descriptor, mode) == 0 else { throw SystemError("set the mode of \(temporary)") }
      try writeAll(bytes, to: descriptor, name: temporary)
      guard !waitsForDisk || fsync(descriptor) == 0 else { throw SystemError("flush \(temporary)") }
    } catch {
      unlink(temporary)
      throw error
    }
    guard rename(temporary, path) == 0 else {
      let error = SystemError("rename \(temporary) to \(path)")
      unlink(temporary)
      throw error
    }
    if waitsForDisk { try syncFolder(of: path) }
  }

  /// Removes the file, if it is there, durably.
  public static func remove(_ path: String) throws(SystemError) {
    guard unlink(path) == 0 || errno == ENOENT else { throw SystemError("remove \(path)") }
    try syncFolder(of: path)
  }

  /// Everything that was written to the file systems these files or folders are on reaches the disk, which for thousands of
  /// files is much sooner done than an `fsync` of each.
  public static func syncFileSystems(of paths: [String]) throws(SystemError) {
    var done: Set<dev_t> = []
    for path in paths {
      let descriptor = open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw SystemError("open \(path)") }
      defer { close(descriptor) }
      var information = stat()
      guard fstat(descriptor, &information) == 0 else { throw SystemError("look at \(path)") }
      guard done.insert(information.st_dev).inserted else { continue }
      guard clinux_sync_file_system(descriptor) == 0 else { throw SystemError("flush the file system of \(path)") }
    }
  }

  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32, name: String) throws(SystemError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw SystemError("write \(name)") }
      rest = rest.dropFirst(count)
    }
  }

  /// A new name is on disk only once its folder is.
  private static func syncFolder(of path: String) throws(SystemError) {
    let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError("open \(folder)") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw SystemError("flush \(folder)") }
  }
}
