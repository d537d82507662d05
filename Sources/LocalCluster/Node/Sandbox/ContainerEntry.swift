import Processes

/// The command that runs something inside a running container.
struct ContainerEntry {
  static let nsenter = "/usr/bin/nsenter"
  /// Where the command finds the container's variables. They are given in a file, because in the environment they would
  /// already apply to `nsenter`, a program of the host, and among the arguments everybody could read them.
  static let variablesDescriptor: Int32 = 3
  static let environment = ["PATH": LocalImage.defaultPath]

  private let process: Int32
  private let workingDirectory: String
  var variables: [String: String]

  /// - Returns: nil as long as the container's PID 1 is not there. Blocks.
  init?(_ directory: ContainerDirectory) {
    guard let process = directory.initProcess() else { return nil }
    self.init(
      process: process, workingDirectory: directory.record()?.workingDirectory ?? "/", variables: directory.variables())
  }

  init(process: Int32, workingDirectory: String, variables: [String: String]) {
    self.process = process
    self.workingDirectory = workingDirectory
    self.variables = variables
  }

  /// Enters the namespaces of a container's PID 1, changes to the working directory and becomes the command.
  ///
  /// With the namespace's own credentials: `nsenter` would become user 0, which is not mapped. The shell changes the
  /// directory because `nsenter --wd` would look for it outside.
  func arguments(_ command: [String]) -> [String] {
    [
      "--target", "\(process)", "--user", "--mount", "--pid", "--uts", "--ipc", "--preserve-credentials", "--",
      "/bin/sh", "-c", #". /proc/self/fd/3; exec 3<&-; cd -- "$0" && exec "$@""#, workingDirectory,
    ] + command
  }

  /// What the shell reads from ``variablesDescriptor``. A name that no shell takes is left out, as a shell would do.
  var script: String {
    variables.sorted { $0.key < $1.key }.filter { Self.isName($0.key) }
      .map { "export \($0.key)='\($0.value.replacing("'", with: #"'\''"#))'\n" }.joined()
  }

  private static func isName(_ text: String) -> Bool {
    text.utf8.first.map { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } == true
      && text.utf8.allSatisfy { byte in
        byte == UInt8(ascii: "_") || (byte < 128 && Character(UnicodeScalar(byte)).isLetter)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      }
  }
}
