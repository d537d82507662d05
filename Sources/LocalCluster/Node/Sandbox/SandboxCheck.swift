import Glibc
import Processes

/// Whether this machine lets an ordinary user make sandboxes.
public enum Sandbox {
  /// What is missing and what to do about it.
  public enum Failure: Error, Equatable, CustomStringConvertible {
    case missing(String, package: String)
    case forbidden(String)

    public var description: String {
      switch self {
      case .missing(let program, let package):
        return "\(program) is missing, pods cannot run; install it: apt-get install \(package)"
      case .forbidden(let message):
        return """
          The kernel does not let this user make the namespaces that pods run in: \(message)
          Switch them on (as root) and try again:
            sysctl -w user.max_user_namespaces=15000
            sysctl -w kernel.unprivileged_userns_clone=1               # where Debian's older kernels have it
            sysctl -w kernel.apparmor_restrict_unprivileged_userns=0   # where Ubuntu has it
          In a container, its seccomp profile must allow unshare and mount, and /proc must not be masked.
          """
      }
    }
  }

  /// Makes a sandbox like a pod's and runs `true` in it.
  ///
  /// - Throws: ``Failure`` with the remedy.
  public static func check() async throws {
    for (program, package) in [(HostLayout.bubblewrap, "bubblewrap"), ("/usr/bin/nsenter", "util-linux")]
    where access(program, X_OK) != 0 {
      throw Failure.missing(program, package: package)
    }
    let output = try await Tool.run(
      HostLayout.bubblewrap,
      [
        "--unshare-user", "--uid", "26", "--gid", "26", "--unshare-pid", "--as-pid-1", "--unshare-ipc", "--unshare-uts",
        "--hostname", "check", "--cap-drop", "ALL", "--ro-bind", "/", "/", "--proc", "/proc", "--tmpfs", "/dev", "--",
        "/bin/true",
      ],
      deadline: .seconds(20))
    guard output.status.isSuccess else {
      let message = String(decoding: output.errorOutput, as: UTF8.self)
      throw Failure.forbidden(message.split(separator: "\n").last.map(String.init) ?? "no reason given")
    }
  }
}
