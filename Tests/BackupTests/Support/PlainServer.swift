import Foundation
import Logging
import PostgreSQL
import Testing

/// A throw-away server that archives its log into a directory. PostgreSQL refuses to run as root, so there it runs as `nobody`.
final class PlainServer {
  static let versions = [
    "/usr/lib/postgresql/15/bin", "\(Judge.tools)/postgresql-18/bin",
  ].filter { FileManager.default.fileExists(atPath: "\($0)/initdb") }

  let binaries: String
  let root: String
  let data: String
  private var server: Process?

  /// A new database cluster with checksums, which archives to `root/wal`.
  init(_ binaries: String, root: String) throws {
    self.binaries = binaries
    self.root = root
    data = "\(root)/data"
    for name in ["data", "wal", "ts1"] { try Self.makeOwn("\(root)/\(name)") }
    try Self.run("\(binaries)/initdb", ["-D", data, "-U", "postgres", "-N", "-k", "-A", "trust"])
    try append(
      """
      fsync = off
      archive_mode = on
      archive_command = 'cp %p \(root)/wal/%f'
      wal_level = replica
      """)
  }

  /// One that was restored: it recovers from `root/wal`.
  init(_ binaries: String, root: String, restored data: String) throws {
    self.binaries = binaries
    self.root = root
    self.data = data
    try append("archive_mode = off\nrestore_command = 'cp \(root)/wal/%f %p'")
    try Data().write(to: URL(fileURLWithPath: "\(data)/recovery.signal"))
    try Self.giveAway(root)
  }

  deinit { try? stop() }

  func append(_ lines: String) throws {
    let path = "\(data)/postgresql.conf"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try (text + "\n" + lines + "\n").write(toFile: path, atomically: false, encoding: .utf8)
  }

  func start() throws {
    let process = Process()
    Self.configure(
      process, "\(binaries)/postgres", ["-D", data, "-k", root, "-h", "", "-p", "5998"], log: "\(root)/log")
    try process.run()
    server = process
  }

  func stop() throws {
    guard let server else { return }
    server.interrupt()
    server.waitUntilExit()
    self.server = nil
  }

  /// Once it is no longer recovering.
  func connect() async throws -> Connection {
    let end = ContinuousClock.now + .seconds(60)
    while true {
      do {
        let connection = try await Connection.open(
          .local(directory: root, port: 5998, user: "postgres", database: "postgres"), logger: Logger(label: "test"))
        // Our sessions see the system's own names alone.
        try await connection.execute("SET search_path = public")
        if try await connection.query("SELECT pg_is_in_recovery()").scalar(as: Bool.self) == false { return connection }
        await connection.close()
      } catch {}
      let log = (try? String(contentsOfFile: "\(root)/log", encoding: .utf8)) ?? ""
      try #require(ContinuousClock.now < end && server?.isRunning == true, "it does not start: \(log.suffix(3000))")
      try await Task.sleep(for: .milliseconds(30))
    }
  }

  static func makeOwn(_ path: String) throws {
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    if getuid() == 0 { chown(path, 65534, 65534) }
    if getuid() == 0 { chown((path as NSString).deletingLastPathComponent, 65534, 65534) }
  }

  static func giveAway(_ path: String) throws {
    guard getuid() == 0 else { return }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/chown")
    process.arguments = ["-R", "65534:65534", path]
    try process.run()
    process.waitUntilExit()
  }

  static func run(_ program: String, _ arguments: [String]) throws {
    let process = Process()
    configure(process, program, arguments, log: nil)
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(program) \(arguments)")
  }

  private static func configure(_ process: Process, _ program: String, _ arguments: [String], log: String?) {
    process.executableURL = URL(fileURLWithPath: getuid() == 0 ? "/usr/bin/setpriv" : program)
    let drop = ["--reuid", "65534", "--regid", "65534", "--clear-groups", "--", program]
    process.arguments = (getuid() == 0 ? drop : []) + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: "/")
    var output = FileHandle.nullDevice
    if let log, FileManager.default.createFile(atPath: log, contents: nil), let file = FileHandle(forWritingAtPath: log)
    {
      output = file
    }
    process.standardOutput = output
    process.standardError = output
  }
}
