import Foundation
import Processes

/// The tests with a real postgres run once more inside bubblewrap, as pods of the embedded control plane do: as an
/// ordinary user (postgres refuses to be root), with an /etc/hosts of their own in which `pg-rw` leads to the primary, and
/// with a network of their own, so that another run may have the same addresses.
enum Sandbox {
  static let primaryAddress = "127.77.0.1"
  static let standbyAddress = "127.77.0.2"

  static var isInside: Bool { ProcessInfo.processInfo.environment["MATRIARCH_INSTANCE_SANDBOX"] != nil }

  /// Debian's server, and those that set-up has fetched (scripts/setup).
  static var binaries: [String] {
    let variables = ProcessInfo.processInfo.environment
    let home = variables["XDG_STATE_HOME"] ?? "\(variables["HOME"] ?? "")/.local/state"
    let tools = [variables["MATRIARCH_TOOLS"], "/var/lib/matriarch/tools", "\(home)/matriarch/tools"].compactMap { $0 }
    let fetched = tools.first { FileManager.default.fileExists(atPath: $0) }.map { "\($0)/postgresql-18/bin" }
    return ["/usr/lib/postgresql/15/bin", fetched].compactMap { $0 }
      .filter { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") }
  }

  static var isAvailable: Bool {
    FileManager.default.isExecutableFile(atPath: "/usr/bin/bwrap") && !binaries.isEmpty
  }

  /// Inside: a volume that is full soon.
  static var smallVolume: String {
    "\(ProcessInfo.processInfo.environment["MATRIARCH_INSTANCE_SANDBOX"] ?? "")/small"
  }

  /// Inside: lets the service `pg-rw` lead to this address.
  static func setPrimary(_ address: String) throws {
    try writeHosts(in: ProcessInfo.processInfo.environment["MATRIARCH_INSTANCE_SANDBOX"] ?? "", primary: address)
  }

  /// Written in place: /etc/hosts is a mount of this very file.
  private static func writeHosts(in directory: String, primary: String) throws {
    try "127.0.0.1 localhost\n\(primary) pg-rw\n".write(
      toFile: "\(directory)/hosts", atomically: false, encoding: .utf8)
  }

  /// Runs the tests whose names match `filter` inside, and returns how that ended.
  static func run(filter: String) async throws -> ToolOutput {
    let directory = "/tmp/mi-\(UUID().uuidString.prefix(6))"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try writeHosts(in: directory, primary: primaryAddress)
    try "postgres:x:26:26::/tmp:/bin/sh\n".write(toFile: "\(directory)/passwd", atomically: true, encoding: .utf8)
    var arguments = CommandLine.arguments.dropFirst().map { $0 }
    // What the outer run was asked for does not matter inside.
    for option in ["--filter", "--skip", "--event-stream-output-path", "--xunit-output"] {
      while let index = arguments.firstIndex(of: option) {
        arguments.removeSubrange(index...min(index + 1, arguments.count - 1))
      }
    }
    return try await Tool.run(
      "/usr/bin/bwrap",
      [
        "--dev-bind", "/", "/", "--unshare-user", "--uid", "26", "--gid", "26", "--unshare-pid", "--unshare-net",
        "--proc", "/proc",
        "--size", String(200 << 20), "--tmpfs", "\(directory)/small", "--ro-bind", "\(directory)/hosts", "/etc/hosts",
        "--ro-bind", "\(directory)/passwd", "/etc/passwd",
        // Not --die-with-parent: the kernel means the thread that started it (PR_SET_PDEATHSIG), a pool's, which goes
        // when it is idle. The deadline kills the process group.
        "--setenv", "MATRIARCH_INSTANCE_SANDBOX", directory, CommandLine.arguments[0],
      ] + arguments + ["--filter", filter],
      workingDirectory: FileManager.default.currentDirectoryPath, deadline: .seconds(480))
  }
}
