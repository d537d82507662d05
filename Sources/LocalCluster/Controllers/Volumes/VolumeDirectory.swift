import Foundation
import Glibc
import Processes

/// Why a volume's directory could not be made or removed.
struct VolumeDirectoryError: Error, CustomStringConvertible {
  let path: String
  let action: String
  let code: Int32

  var description: String {
    let remedy =
      switch code {
      case ENOSPC, EDQUOT: "; free some space on that file system"
      case EACCES, EPERM, EROFS: "; the user that runs the control plane must be able to write there"
      case ENOENT: "; does the directory above it still exist?"
      default: ""
      }
    return "cannot \(action) \(path): \(String(cString: strerror(code)))\(remedy)"
  }
}

/// The directories that volumes are, all below one.
///
/// A volume that is given up is renamed before anything in it is deleted: from that moment nobody takes half of it for a
/// volume, and what a crash leaves behind is known by its name.
struct VolumeDirectory: Sendable {
  static let discarded = ".discarded-"
  let root: String

  func path(of volume: String) -> String { "\(root)/\(volume)" }

  func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Makes an empty directory for a volume; one that an earlier, interrupted attempt made will do.
  func create(_ volume: String) throws(VolumeDirectoryError) {
    let path = path(of: volume)
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw VolumeDirectoryError(path: path, action: "make the volume's directory", code: errno)
    }
    try synchronize()
  }

  /// Takes a volume out of sight. Does nothing where it is gone already.
  func discard(_ volume: String) throws(VolumeDirectoryError) {
    let path = path(of: volume)
    guard rename(path, "\(root)/\(Self.discarded)\(volume)") == 0 || errno == ENOENT else {
      throw VolumeDirectoryError(path: path, action: "rename the volume's directory", code: errno)
    }
    try synchronize()
  }

  /// Deletes what was discarded, by this process or one before it.
  func removeDiscarded() async throws {
    let root = root
    try await Blocking.run {
      for name in Directories.names(in: root) where name.hasPrefix(Self.discarded) {
        do {
          try Directories.remove("\(root)/\(name)")
        } catch CocoaError.fileNoSuchFile {
          continue
        }
      }
    }
  }

  /// Makes names in the directory survive a crash (fsync(2): "a call on the directory is also needed").
  private func synchronize() throws(VolumeDirectoryError) {
    let descriptor = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw VolumeDirectoryError(path: root, action: "open", code: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw VolumeDirectoryError(path: root, action: "fsync", code: errno) }
  }
}
