/// Everything that bubblewrap has to know of one container.
struct ContainerSandbox: Sendable, Equatable {
  /// A file or directory of the host at a place in the container.
  struct Mount: Sendable, Equatable {
    var host: String
    var container: String
    var isReadOnly: Bool
  }

  var hostname: String
  var user: Int
  var group: Int
  var image: LocalImage
  /// The directory with the pod's own `hosts`, `passwd`, `group`, `resolv.conf` and `hostname`.
  var configuration: String
  var mounts: [Mount]
  var isRootReadOnly: Bool
  var workingDirectory: String
  /// The program and its arguments.
  var command: [String]

  /// The command that makes the sandbox and becomes the container's PID 1 in it.
  ///
  /// Descriptor 3 gets bubblewrap's status as JSON lines, in the file `status`: first `child-pid`, the host's number of
  /// PID 1; at the end `exit-code`, but only if the program could be started, which tells a failed set-up from a
  /// failed program. Descriptor 4 reads the container's variables as further arguments: in the environment they would
  /// already apply to the shell and bubblewrap, which are programs of the host, and among the arguments everybody could
  /// read them. The shell in front opens both files, because the shim passes on the standard streams only.
  func commandLine(host: HostLayout, status: String, variables: String) -> [String] {
    ["/bin/sh", "-c", #"exec 3>"$0" 4<"$1"; shift; exec "$@""#, status, variables]
      + [HostLayout.bubblewrap, "--json-status-fd", "3", "--clearenv", "--args", "4"] + isolation + root(host) + devices
      + configurationFiles(host) + imageFiles + volumes + overlays
      + (isRootReadOnly ? ["--remount-ro", "/"] : [])
      + ["--chdir", workingDirectory, "--"] + command
  }

  /// No user namespace inside the first one: with one only, `nsenter` can enter as the ordinary user that made it.
  /// That is why `/dev` is put together by hand below; bubblewrap's `--dev` mounts a devpts of its own, for which it
  /// needs a second one.
  private var isolation: [String] {
    [
      "--unshare-user", "--uid", "\(user)", "--gid", "\(group)", "--unshare-pid", "--as-pid-1", "--unshare-ipc",
      "--unshare-uts", "--hostname", hostname, "--die-with-parent", "--new-session", "--cap-drop", "ALL",
    ]
  }

  private func root(_ host: HostLayout) -> [String] {
    var arguments = ["--perms", "0755", "--tmpfs", "/"]
    for directory in host.directories { arguments += ["--ro-bind", directory, directory] }
    for bind in host.libraries { arguments += ["--ro-bind", bind.host, bind.container] }
    for (path, target) in host.links.sorted(by: { $0.key < $1.key }) { arguments += ["--symlink", target, path] }
    for path in ["/etc", "/home", "/opt", "/run", "/srv", "/var", "/var/lib", "/var/log"]
    where !(host.directories + host.libraries.map(\.container)).contains(where: { $0.hasPrefix(path + "/") }) {
      arguments += ["--perms", "0755", "--dir", path]
    }
    arguments += ["--perms", "0700", "--dir", "/root"]
    for path in ["/tmp", "/var/tmp"] { arguments += ["--perms", "1777", "--dir", path] }
    // Relative, because bubblewrap resolves mount points below the directory that is going to be the root.
    return arguments + ["--symlink", "../run", "/var/run", "--proc", "/proc"]
  }

  private var devices: [String] {
    var arguments = ["--perms", "0755", "--tmpfs", "/dev"]
    // The host's terminals, because `exec` opens the terminal outside and `ttyname` looks for it inside.
    for name in ["null", "zero", "full", "random", "urandom", "tty", "pts"] {
      arguments += ["--dev-bind-try", "/dev/\(name)", "/dev/\(name)"]
    }
    let links = [
      ("pts/ptmx", "ptmx"), ("/proc/self/fd", "fd"), ("/proc/self/fd/0", "stdin"), ("/proc/self/fd/1", "stdout"),
      ("/proc/self/fd/2", "stderr"),
    ]
    for (target, name) in links { arguments += ["--symlink", target, "/dev/\(name)"] }
    return arguments + ["--perms", "1777", "--tmpfs", "/dev/shm"]
  }

  private func configurationFiles(_ host: HostLayout) -> [String] {
    host.configuration.flatMap { ["--ro-bind", $0, $0] }
      + (host.trustBundle.map { ["--ro-bind", $0, HostLayout.trustBundlePath] } ?? [])
      + host.configurationLinks.sorted { $0.key < $1.key }.flatMap { ["--symlink", $0.value, $0.key] }
      + PodFiles.names.flatMap { ["--bind", "\(configuration)/\($0)", "/etc/\($0)"] }
  }

  private var imageFiles: [String] {
    image.hidden.flatMap { ["--perms", "0755", "--tmpfs", $0] }
      + image.binds.flatMap { ["--ro-bind", $0.host, $0.container] }
  }

  /// Outer mounts before inner ones, whatever the order in the manifest.
  private var volumes: [String] {
    mounts.map { mount in
      var mount = mount
      mount.container = Self.normalized(mount.container)
      return mount
    }
    .sorted { $0.container.split(separator: "/").lexicographicallyPrecedes($1.container.split(separator: "/")) }
    .flatMap { [$0.isReadOnly ? "--ro-bind" : "--bind", $0.host, $0.container] }
  }

  private var overlays: [String] { (image.overlays ?? []).flatMap { ["--ro-bind", $0.host, $0.container] } }

  /// Without trailing slashes, and `/var/run` written as `/run`, which it is.
  private static func normalized(_ path: String) -> String {
    let parts = path.split(separator: "/")
    let real = parts.starts(with: ["var", "run"]) ? parts.dropFirst() : parts[...]
    return "/" + real.joined(separator: "/")
  }
}
