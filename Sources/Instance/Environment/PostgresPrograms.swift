import FoundationEssentials
import Glibc
import PostgreSQL
import Processes

/// The programs of the image's PostgreSQL.
struct PostgresPrograms: Sendable {
  let directory: String
  let version: ServerVersion
  private let log: ProgramLog?
  private let controlFiles = ControlFiles()

  /// Asks `postgres` for its version.
  ///
  /// - Parameter log: where goes what long-running programs write.
  init(directory: String, log: ProgramLog? = nil) async throws {
    self.directory = directory
    self.log = log
    let output = try await Tool.run(
      "\(directory)/postgres", ["--version"], environment: ["LC_ALL": "C"], deadline: .seconds(10))
    guard let version = ServerVersion(programOutput: output.text) else {
      throw InstanceProblem.programFailed("postgres --version", output: output.messages)
    }
    self.version = version
  }

  func path(_ program: String) -> String { "\(directory)/\(program)" }

  /// Runs a program to its end, with messages in English.
  ///
  /// - Parameter isLogged: what it writes is logged while it runs: it takes long, and its words matter.
  /// - Throws: ``InstanceProblem/programFailed(_:output:)`` with what it wrote, unless it exits with 0.
  @discardableResult
  func run(
    _ program: String, _ arguments: [String], variables own: [String: String] = [:], deadline: Duration,
    isLogged: Bool = false
  ) async throws -> ToolOutput {
    var variables = ProcessInfo.processInfo.environment.merging(own) { $1 }
    // pg_controldata, pg_rewind and the others translate what they print.
    variables["LC_ALL"] = "C"
    let lines = isLogged ? log?.lines(of: program) : nil
    let output = try await Tool.run(
      path(program), arguments, environment: variables, workingDirectory: "/", deadline: deadline, outputLimit: 1 << 16
    ) { lines?.take($0, $1) }
    if let lines { try await Blocking.run { lines.finish() } }
    guard output.status.isSuccess else { throw InstanceProblem.programFailed(program, output: output.messages) }
    return output
  }

  /// Read anew only where the file has been written since.
  func controlData(of dataDirectory: String) async throws -> ControlData {
    let stamp = FileStamp("\(dataDirectory)/global/pg_control")
    if let stamp, let data = controlFiles.data(of: stamp) { return data }
    let output = try await run("pg_controldata", ["-D", dataDirectory], deadline: .seconds(10))
    let data = try ControlData(programOutput: output.text)
    if let stamp { controlFiles.remember(data, of: stamp) }
    return data
  }

  /// PATH first, then Debian's versioned directories, the newest first.
  static func directory(path: String) throws(InstanceEnvironmentError) -> String {
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
    let installed = versions.compactMap { Int($0) }.sorted(by: >).map { "/usr/lib/postgresql/\($0)/bin" }
    let candidates = path.split(separator: ":").map(String.init) + installed
    guard let found = candidates.first(where: { access("\($0)/postgres", X_OK) == 0 }) else { throw .noPostgres(path) }
    return found
  }
}

extension ToolOutput {
  /// Why the program failed: what it wrote as errors; where it wrote none, what it wrote at all.
  var messages: String { errorText.contains { !$0.isWhitespace } ? errorText : text }
}
