import Foundation
import Logging
import PostgreSQL
import Testing

/// A throw-away server of the machine's own PostgreSQL, reached through a socket; nil where none is installed.
///
/// PostgreSQL refuses to run as root, so there it runs as `nobody`.
final class TestServer {
  static let binaries = ["/usr/lib/postgresql/15/bin"].first { FileManager.default.fileExists(atPath: "\($0)/initdb") }

  let directory: String
  private let server = Process()

  init() throws {
    let binaries = try #require(Self.binaries)
    directory = "/tmp/matriarch-postgresql-test-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    if getuid() == 0 { chown(directory, 65534, 65534) }
    let initdb = Process()
    Self.configure(initdb, "\(binaries)/initdb", ["-D", "\(directory)/data", "-U", "postgres", "-N", "-A", "trust"])
    try initdb.run()
    initdb.waitUntilExit()
    try #require(initdb.terminationStatus == 0)
    Self.configure(
      server, "\(binaries)/postgres",
      ["-D", "\(directory)/data", "-k", directory, "-h", "", "-p", "5999", "-c", "fsync=off"])
    try server.run()
  }

  deinit {
    server.terminate()
    server.waitUntilExit()
    try? FileManager.default.removeItem(atPath: directory)
  }

  var parameters: ConnectionParameters {
    .local(directory: directory, port: 5999, user: "postgres", database: "postgres")
  }

  func connect() async throws -> Connection {
    let end = ContinuousClock.now + .seconds(20)
    while true {
      do {
        return try await Connection.open(parameters, logger: Logger(label: "test"))
      } catch {
        if ContinuousClock.now > end { throw error }
        try await Task.sleep(for: .milliseconds(20))
      }
    }
  }

  private static func configure(_ process: Process, _ program: String, _ arguments: [String]) {
    process.executableURL = URL(fileURLWithPath: getuid() == 0 ? "/usr/bin/setpriv" : program)
    let drop = ["--reuid", "65534", "--regid", "65534", "--clear-groups", "--", program]
    process.arguments = (getuid() == 0 ? drop : []) + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: "/")
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
  }
}
