import FoundationEssentials
import Glibc
import Logging
import PostgreSQL
import Processes

/// A postgres on restored data, for as long as it is looked at.
struct VerificationServer: Sendable {
  let data: String
  /// Directory of its socket and its log.
  let socket: String
  let programs: String
  let logger: Logger

  private var log: String { "\(socket)/log" }
  private var parameters: ConnectionParameters {
    .local(directory: socket, port: 5432, user: "postgres", database: "postgres")
  }

  /// Gives the data a configuration that touches nothing outside.
  func prepare() async throws -> ControlData {
    let output = try await Tool.run(
      "\(programs)/pg_controldata", ["-D", data], environment: ["LC_ALL": "C"], deadline: .seconds(30))
    guard output.status.isSuccess else { throw VerificationFailure("pg_controldata: \(output.errorText)") }
    let control = try ControlData(programOutput: output.text)
    var settings = [
      "listen_addresses": "", "unix_socket_directories": socket, "port": "5432", "archive_mode": "off", "ssl": "off",
      "shared_buffers": "64MB", "logging_collector": "off", "log_destination": "stderr", "lc_messages": "C",
      "restore_command": "/bin/false", "recovery_target": "immediate", "recovery_target_action": "promote",
      "synchronous_standby_names": "", "fsync": "off", "autovacuum": "off",
    ]
    // With room for less than two segments it does not start.
    let segment = Int(control.segmentSize.bytes >> 20)
    settings["min_wal_size"] = "\(max(32, 2 * segment))MB"
    settings["max_wal_size"] = "\(max(256, 4 * segment))MB"
    for (name, value) in control.recordedParameters { settings[name] = String(value) }
    let text = ConfigurationFile.render(settings)
    try await Blocking.run {
      for name in ["postgresql.conf", "postgresql.auto.conf", "pg_hba.conf", "pg_ident.conf", "standby.signal"] {
        try? FileManager.default.removeItem(atPath: "\(data)/\(name)")
      }
      for (name, content) in [
        ("postgresql.conf", text), ("postgresql.auto.conf", ""), ("pg_hba.conf", "local all postgres trust\n"),
        ("pg_ident.conf", ""), ("recovery.signal", ""),
      ] { try DurableFile.write(Array(content.utf8), to: "\(data)/\(name)", mode: 0o600) }
    }
    return control
  }

  /// Runs it around the body, and stops it in order, so that its pages can be checked.
  func run(_ body: () async throws -> Void) async throws {
    let descriptor = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemError("create \(log)") }
    defer { close(descriptor) }
    let server = try ChildProcess.start(
      ProcessSpecification(
        executable: "\(programs)/postgres", arguments: ["-D", data],
        environment: ["LC_ALL": "C", "PATH": "\(programs):/usr/bin:/bin"], workingDirectory: "/", input: .null,
        output: .descriptor(descriptor), errorOutput: .descriptor(descriptor), newSession: true))
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          if let status = await server.waitUnlessCancelled() {
            throw VerificationFailure("PostgreSQL ended (\(status)): \(lastWords())")
          }
        }
        defer { group.cancelAll() }
        try await body()
      }
    } catch {
      server.send(SIGQUIT)
      await Task { _ = await server.wait(deadline: .seconds(10)) }.value
      server.sendToGroup(SIGKILL)
      if let status = server.status, !(error is VerificationFailure) {
        throw VerificationFailure("PostgreSQL ended (\(status)): \(lastWords())")
      }
      throw error
    }
    server.send(SIGINT)
    guard await server.wait(deadline: .seconds(120)) != nil else {
      server.sendToGroup(SIGKILL)
      throw VerificationFailure("PostgreSQL did not stop within two minutes")
    }
  }

  /// The end of its log, where the reason stands.
  private func lastWords() -> String {
    let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    let reasons = text.split(whereSeparator: \.isNewline).filter { $0.contains("FATAL:") || $0.contains("PANIC:") }
    return String((reasons.last ?? text.split(whereSeparator: \.isNewline).last ?? "it said nothing").suffix(400))
  }

  /// Until the data are consistent. How long that takes depends on what was written during the backup; as with the checks, a
  /// day is more than anybody waits.
  func awaitPromotion() async throws {
    let end = ContinuousClock.now + .seconds(86_400)
    while ContinuousClock.now < end {
      if let isRecovering = try? await Connection.with(
        parameters, logger: logger, { try await $0.query("SELECT pg_is_in_recovery()").scalar(as: Bool.self) }),
        !isRecovering
      {
        return
      }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw VerificationFailure("PostgreSQL has not become consistent within a day")
  }

  func countDatabases() async throws -> Int {
    let names = try await Connection.with(parameters, logger: logger) {
      try await $0.query("SELECT datname FROM pg_database WHERE datallowconn AND datconnlimit <> -2").rows
        .compactMap { $0["datname"] }
    }
    for name in names {
      let database = ConnectionParameters.local(directory: socket, port: 5432, user: "postgres", database: name)
      try await Connection.with(database, logger: logger) { _ = try await $0.query("SELECT count(*) FROM pg_class") }
    }
    return names.count
  }

  /// Heap and B-tree of every relation (PostgreSQL's manual, pg_amcheck).
  ///
  /// - Returns: false where the image has no such program (before 14).
  func checkRelations() async throws -> Bool {
    let program = "\(programs)/pg_amcheck"
    guard access(program, X_OK) == 0 else { return false }
    let output = try await Tool.run(
      program,
      [
        "--host", socket, "--port", "5432", "--username", "postgres", "--all", "--install-missing", "--no-strict-names",
      ],
      environment: ["LC_ALL": "C"], deadline: .seconds(86_400), outputLimit: 1 << 16)
    guard output.status.isSuccess else {
      throw VerificationFailure("pg_amcheck: \((output.text + output.errorText).suffix(800))")
    }
    return true
  }

  func checkPages() async throws {
    let output = try await Tool.run(
      "\(programs)/pg_checksums", ["--check", "-D", data], environment: ["LC_ALL": "C"], deadline: .seconds(86_400),
      outputLimit: 1 << 16)
    guard output.status.isSuccess else {
      throw VerificationFailure("pg_checksums: \((output.errorText + output.text).suffix(800))")
    }
  }
}
