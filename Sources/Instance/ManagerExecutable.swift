import Foundation
import Glibc
import Processes

/// Brings this program into another container: the init container copies it to where PostgreSQL's image finds it.
public enum ManagerExecutable {
  /// Copies the running program to `path`, executable, in one step; nothing to do where it is that very file already.
  public static func copy(to path: String) async throws {
    try await Blocking.run {
      guard !isRunning(from: path) else { return }
      let temporary = path + ".new"
      try? FileManager.default.removeItem(atPath: temporary)
      // The file itself: copying the link would copy a link.
      let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
      try FileManager.default.copyItem(atPath: own, toPath: temporary)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: temporary)
      guard rename(temporary, path) == 0 else { throw SystemError("rename \(temporary) to \(path)") }
    }
  }

  private static func isRunning(from path: String) -> Bool {
    var own = stat()
    var other = stat()
    guard stat("/proc/self/exe", &own) == 0, stat(path, &other) == 0 else { return false }
    return own.st_dev == other.st_dev && own.st_ino == other.st_ino
  }
}
