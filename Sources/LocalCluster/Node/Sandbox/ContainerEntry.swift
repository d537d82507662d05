/// The command that runs something inside a running container.
enum ContainerEntry {
  static let nsenter = "/usr/bin/nsenter"

  /// Enters the namespaces of a container's PID 1, changes to the working directory and becomes the command.
  ///
  /// With the namespace's own credentials: `nsenter` would become user 0, which is not mapped. The shell changes the
  /// directory because `nsenter --wd` would look for it outside.
  static func arguments(process: Int32, workingDirectory: String, command: [String]) -> [String] {
    [
      "--target", "\(process)", "--user", "--mount", "--pid", "--uts", "--ipc", "--preserve-credentials", "--",
      "/bin/sh", "-c", #"cd -- "$0" && exec "$@""#, workingDirectory,
    ] + command
  }
}
