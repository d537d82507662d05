import Foundation
import Glibc
import Processes

/// Brings this program into another container: the init container copies it to where PostgreSQL's image finds it.
public enum ManagerExecutable {
  /// Copies the running program to `path`, executable, in one step, and `matriarch-wal` beside it where that lies beside this
  /// program; nothing to do where it is that very file already.
  public static func copy(to path: String) async throws {
    try await Blocking.run {
      guard !isRunning(from: path) else { return }
      // The file itself: copying the link would copy a link.
      let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
      let helper = sibling(of: own)
      if FileManager.default.fileExists(atPath: helper) { try install(helper, at: sibling(of: path)) }
      try install(own, at: path)
    }
  }

  private static func sibling(of path: String) -> String {
    URL(fileURLWithPath: path).deletingLastPathComponent().appending(path: "matriarch-wal").path
  }

  private static func install(_ source: String, at path: String) throws {
    let temporary = path + ".new"
    try? FileManager.default.removeItem(atPath: temporary)
    try FileManager.default.copyItem(atPath: source, toPath: temporary)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: temporary)
    guard rename(temporary, path) == 0 else { throw SystemError("rename \(temporary) to \(path)") }
  }

  private static func isRunning(from path: String) -> Bool {
    var own = stat()
    var other = stat()
    guard stat("/proc/self/exe", &own) == 0, stat(path, &other) == 0 else { return false }
    return own.st_dev == other.st_dev && own.st_ino == other.st_ino
  }
}
