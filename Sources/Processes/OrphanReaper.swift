import CLinux
import Glibc

/// Collects the exits of children that nobody started: what PID 1 of a container owes the orphans it is given.
public enum OrphanReaper {
  /// Runs until the task is cancelled. Only one at a time makes sense.
  ///
  /// - Parameter onReap: told each orphan's process number and how it ended.
  public static func run(onReap: @Sendable (pid_t, ExitStatus) -> Void = { _, _ in }) async {
    let signals = SignalStream([SIGCHLD])
    reap(onReap)
    // One SIGCHLD may stand for many exits, so each looks for all.
    for await _ in signals { reap(onReap) }
  }

  private static func reap(_ onReap: (pid_t, ExitStatus) -> Void) {
    var reaped: [(pid_t, ExitStatus)] = []
    ChildRegistry.shared.forEachStranger(of: zombies) { pid in
      var exit = clinux_exit()
      if clinux_reap_pid(pid, 0, &exit) == 0, exit.ended != 0 { reaped.append((pid, ExitStatus(exit))) }
    }
    for (pid, status) in reaped { onReap(pid, status) }
  }

  /// Our children that have ended and whose exit nobody collected. `waitid` could not tell: it reports the same child
  /// again and again until it is collected, also one that is not ours to collect.
  private static func zombies() -> [pid_t] {
    guard let folder = opendir("/proc") else { return [] }
    defer { closedir(folder) }
    let own = getpid()
    var found: [pid_t] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      guard let pid = pid_t(name), let stat = ProcessStat(of: pid) else { continue }
      if stat.parent == own, stat.state == "Z" { found.append(pid) }
    }
    return found
  }
}
