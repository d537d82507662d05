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
    /// A backup without it is none.
    var isRequired = false
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
      guard let names = try Self.names(root) else { throw SystemError("open \(root)", code: ENOENT) }
      stack = [("", names.filter { includesAtRoot($0) }[...])]
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
          let names = try Self.names("\(root)/\(path)") ?? []
          stack.append((path, (Self.isDatabase(path) ? BackupExclusion.withoutUnlogged(names) : names)[...]))
        }
        return Member(path: path, isDirectory: true)
      default: continue
      }
    }
    return nil
  }

  /// `base/16384`, or `PG_15_202209061/16384` in a tablespace.
  private static func isDatabase(_ path: String) -> Bool {
    let parts = path.split(separator: "/")
    return parts.count == 2 && (parts[0] == "base" || parts[0].hasPrefix("PG_"))
  }

  /// Sorted; nil where the directory is gone.
  private static func names(_ path: String) throws -> [String]? {
    guard let directory = opendir(path) else {
      if errno == ENOENT { return nil }
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
