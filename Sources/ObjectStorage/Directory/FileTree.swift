import Glibc
import Processes

/// The files below a root. Every step down is taken from an open folder and follows no link, so that nothing leads out, not
/// even what is put there at this moment. The calls block.
struct FileTree: Sendable {
  let root: String

  /// An object's file; nil where there is none.
  func openFile(_ key: ObjectKey) throws -> StoredFile? {
    guard let folder = try openFolder(key.folders, create: false) else { return nil }
    let descriptor = openat(folder.descriptor, key.name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw linkOrError("open", key)
    }
    let file = StoredFile(descriptor)
    // A folder, a pipe or a device is no object.
    return try file.status(key).st_mode & S_IFMT == S_IFREG ? file : nil
  }

  /// A hidden file that becomes the object.
  func createTemporary(for key: ObjectKey) throws -> TemporaryFile {
    // A folder may be removed with its last object at the moment when we come for it.
    for attempt in 1... {
      guard let folder = try openFolder(key.folders, create: true) else {
        guard attempt < 20 else { throw SystemError("open the folder of \(key)") }
        continue
      }
      let suffix = String(UInt64.random(in: 0...UInt64.max), radix: 36)
      let name = FileTree.temporaryPrefix + suffix
      let descriptor = openat(folder.descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o640)
      if descriptor >= 0 { return TemporaryFile(descriptor, name: name, in: folder, key: key) }
      guard attempt < 20, errno == ENOENT || errno == EEXIST else {
        throw SystemError("create a file for \(key) in \(root)")
      }
    }
    throw SystemError("create a file for \(key) in \(root)")
  }

  /// Removes the object's file, and the folders that are empty then.
  func remove(_ key: ObjectKey) throws {
    guard let folder = try openFolder(key.folders, create: false) else { return }
    guard unlinkat(folder.descriptor, key.name, 0) == 0 || errno == ENOENT || errno == EISDIR else {
      throw SystemError("remove \(key) from \(root)")
    }
    guard fsync(folder.descriptor) == 0 else { throw SystemError("flush the folder of \(key) in \(root)") }
    var names = key.folders
    while let name = names.popLast() {
      guard let parent = try openFolder(names, create: false) else { return }
      if let emptied = try openFolder(names + [name], create: false) { removeStale(in: emptied) }
      guard unlinkat(parent.descriptor, name, AT_REMOVEDIR) == 0 else { return }
    }
  }

  static let temporaryPrefix = ".matriarch-"

  /// What a killed process left unfinished goes when nobody can be writing it any more, and only it is left in the folder.
  private func removeStale(in folder: OpenFolder) {
    guard let names = try? folder.entries(), names.allSatisfy({ $0.name.hasPrefix(FileTree.temporaryPrefix) }) else {
      return
    }
    for name in names.map(\.name) {
      var status = stat()
      guard fstatat(folder.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
      if Double(status.st_mtim.tv_sec) < HTTPDate.now - 86400 { unlinkat(folder.descriptor, name, 0) }
    }
  }

  /// Opens a folder below the root; nil where there is none. New folders are on disk when this returns.
  func openFolder(_ names: [String], create: Bool) throws -> OpenFolder? {
    let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
    var descriptor = open(root, flags)
    if descriptor < 0, errno == ENOENT, create {
      try makeRoot()
      descriptor = open(root, flags)
    }
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw SystemError("open \(root)")
    }
    var folder = OpenFolder(descriptor)
    for name in names {
      var next = openat(folder.descriptor, name, flags | O_NOFOLLOW)
      if next < 0, errno == ENOENT, create {
        guard mkdirat(folder.descriptor, name, 0o750) == 0 || errno == EEXIST else {
          // The folder that is open was removed meanwhile.
          if errno == ENOENT { return nil }
          throw SystemError("make \(name) in \(root)")
        }
        guard fsync(folder.descriptor) == 0 else { throw SystemError("flush \(root)") }
        next = openat(folder.descriptor, name, flags | O_NOFOLLOW)
      }
      guard next >= 0 else {
        // With O_DIRECTORY a link is no directory either.
        if errno == ENOENT { return nil }
        if errno == ENOTDIR || errno == ELOOP {
          if !create { return nil }
          throw ObjectStorageError.invalidName(name, reason: "below \(root) it is a file or a link, not a folder")
        }
        throw SystemError("open \(name) in \(root)")
      }
      folder = OpenFolder(next)
    }
    return folder
  }

  private func makeRoot() throws {
    var path = ""
    for part in root.split(separator: "/") {
      let parent = path.isEmpty ? "/" : path
      path += "/\(part)"
      guard mkdir(path, 0o750) == 0 else {
        if errno == EEXIST { continue }
        throw SystemError("make \(path)")
      }
      let descriptor = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard descriptor >= 0 else { throw SystemError("open \(parent)") }
      defer { close(descriptor) }
      guard fsync(descriptor) == 0 else { throw SystemError("flush \(parent)") }
    }
  }

  private func linkOrError(_ action: String, _ key: ObjectKey) -> any Error {
    if errno == ELOOP {
      return ObjectStorageError.invalidName(key.text, reason: "below \(root) it is a link, and links are not followed")
    }
    return SystemError("\(action) \(key) in \(root)")
  }
}

extension ObjectKey {
  /// The parts before the name.
  var folders: [String] { text.split(separator: "/").dropLast().map(String.init) }
}
