import Glibc
import Processes

/// The members of an archive in order, found out as they are needed: of a database with millions of files only one
/// directory's names are in memory at a time, and those of the directories above it.
///
/// Links are neither followed nor kept, as with Barman: where tablespaces and pg_wal are, a restore decides.
struct DirectoryWalk {
  struct Member {
    /// Below the root; empty for the root itself.
    var path: String
    var isDirectory: Bool
  }

  private let root: String
  private let includesAtRoot: (String) -> Bool
  private var stack: [(directory: String, names: ArraySlice<String>)] = []
  private var hasBegun = false

  /// - Parameter includesAtRoot: what of the root's own entries is wanted.
  init(root: String, includesAtRoot: @escaping (String) -> Bool = { _ in true }) {
    self.root = root
    self.includesAtRoot = includesAtRoot
  }

  /// - Throws: `SystemError` where a directory cannot be read.
  mutating func next() throws -> Member? {
    guard hasBegun else {
      hasBegun = true
      stack = [("", try Self.names(root).filter { includesAtRoot($0) }[...])]
      return Member(path: "", isDirectory: true)
    }
    while let (directory, names) = stack.last {
      guard let name = names.first else {
        stack.removeLast()
        continue
      }
      stack[stack.count - 1].names = names.dropFirst()
      if BackupExclusion.excludes(name) { continue }
      let path = directory.isEmpty ? name : "\(directory)/\(name)"
      var information = stat()
      guard lstat("\(root)/\(path)", &information) == 0 else {
        if errno == ENOENT { continue }
        throw SystemError("look at \(root)/\(path)")
      }
      switch information.st_mode & S_IFMT {
      case S_IFREG: return Member(path: path, isDirectory: false)
      case S_IFDIR:
        if !(directory.isEmpty && BackupExclusion.isEmptied(name)) {
          stack.append((path, try Self.names("\(root)/\(path)")[...]))
        }
        return Member(path: path, isDirectory: true)
      default: continue
      }
    }
    return nil
  }

  /// Sorted; none where the directory is gone.
  private static func names(_ path: String) throws -> [String] {
    guard let directory = opendir(path) else {
      if errno == ENOENT { return [] }
      throw SystemError("open \(path)")
    }
    defer { closedir(directory) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    guard errno == 0 else { throw SystemError("read \(path)") }
    return names.sorted()
  }
}
