import ClusterAPI
import Foundation
import Glibc
import Logging
import PostgreSQL
import Processes
import ServiceLifecycle
import Synchronization
import Testing

@testable import Instance

/// An instance manager in this process, with a real postgres.
final class TestInstance: Sendable {
  let environment: InstanceEnvironment
  let name: String
  private let group: ServiceGroup
  private let task: Task<Void, any Error>
  private let log: Int32
  private let output: LogOutput
  private let stopped = Mutex(false)

  /// Built beside the tests.
  private static var archiveHelper: String {
    let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    return products.appending(path: "matriarch-wal").path
  }

  private struct Runtime: Service {
    let runtime: InstanceRuntime
    func run() async throws { try await runtime.run() }
  }

  init(_ name: String, address: String, directory: String, binaries: String, controlPlane: FakeControlPlane) throws {
    self.name = name
    let root = "\(directory)/\(name)"
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    environment = InstanceEnvironment(
      instance: name, namespace: "db", cluster: "pg", address: address,
      paths: InstancePaths(
        data: "\(root)/data/pgdata", walVolume: "\(root)/wal", run: "\(root)/run", certificates: "\(root)/certificates",
        log: "\(root)/log", temporary: "\(root)/tmp", archiveHelper: Self.archiveHelper),
      programDirectory: binaries)
    log = open("\(root)/log.json", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    let output = LogOutput(descriptor: log)
    self.output = output
    var logger = Logger(label: "instance-manager") { InstanceLogHandler(label: $0, pod: name, output: output) }
    logger.logLevel = .debug
    let runtime = InstanceRuntime(
      environment: environment, controlPlane: controlPlane, version: "test", output: output, logger: logger)
    let group = ServiceGroup(
      configuration: .init(
        services: [.init(service: Runtime(runtime: runtime), successTerminationBehavior: .gracefullyShutdownGroup)],
        logger: logger))
    self.group = group
    task = Task { try await group.run() }
  }

  /// As the kubelet stops a pod. A second time does nothing.
  func stop() async throws {
    let isStopped = stopped.withLock { stopped in
      defer { stopped = true }
      return stopped
    }
    if isStopped { return }
    await group.triggerGracefulShutdown()
    try await task.value
    // The group logs its own end after everything else.
    await output.flush()
    close(log)
  }

  /// Waits until the instance manager ends by itself, and returns why.
  func failure() async -> InstanceFailure? {
    let result = await task.result
    stopped.withLock { $0 = true }
    await output.flush()
    close(log)
    guard case .failure(let error) = result else { return nil }
    return error as? InstanceFailure
  }

  var logText: String {
    (try? String(contentsOfFile: "\(environment.paths.run)/../log.json", encoding: .utf8)) ?? ""
  }

  func query(_ statement: String, database: String = "postgres") async throws -> QueryResult {
    try await Connection.with(environment.localParameters(database: database), logger: Logger(label: "test")) {
      try await $0.query(statement)
    }
  }

  func value(_ statement: String, database: String = "postgres") async throws -> String? {
    let result = try await query(statement, database: database)
    return result.rows.first?[result.columns[0]]
  }

  /// `synchronous_standby_names` without what says which volumes, and on which timeline.
  static let synchronous =
    #"SELECT regexp_replace(current_setting('synchronous_standby_names'), '\.[0-9a-z]+\.\d+"', '"', 'g')"#

  /// Waits until a query gives this value; errors while waiting count as not yet.
  func becomes(_ statement: String, _ expected: String, database: String = "postgres") async throws {
    try await eventually("\(name): \(statement) = \(expected)") {
      (try? await value(statement, database: database)) == expected
    }
  }

  /// The user that a session over TLS with this password belongs to.
  func login(password: String, user: String = "app", database: String = "appdb") async throws -> String {
    let parameters = ConnectionParameters([
      "host": environment.address, "port": "5432", "user": user, "dbname": database, "password": password,
      "sslmode": "verify-ca", "sslrootcert": "\(environment.paths.certificates)/server-ca.crt",
    ])
    return try await Connection.with(parameters, logger: Logger(label: "test")) {
      try await $0.query("SELECT current_user").scalar()
    }
  }

  var postmaster: pid_t {
    get throws {
      let text = try String(contentsOfFile: "\(environment.paths.data)/postmaster.pid", encoding: .utf8)
      return try #require(text.split(separator: "\n").first.flatMap { pid_t($0) })
    }
  }

  /// Ends postgres as a crash does.
  func killPostgres() throws { kill(try postmaster, SIGKILL) }

  func eventually(_ what: String, _ holds: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(40)
    while try await !holds() {
      if ContinuousClock.now > end {
        Issue.record("never came true: \(what)\n\(logText.suffix(6000))")
        throw CancellationError()
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  /// The status and the text of an endpoint.
  func get(_ path: String) async throws -> (status: String, body: String) {
    let output = try await Tool.run(
      "/usr/bin/curl", ["-sk", "-m", "10", "-w", "\n%{http_code}", "https://\(environment.address):8000\(path)"],
      deadline: .seconds(15))
    let lines = output.text.split(separator: "\n", omittingEmptySubsequences: false)
    return (String(lines.last ?? ""), lines.dropLast().joined(separator: "\n"))
  }
}
