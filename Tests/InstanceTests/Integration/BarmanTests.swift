import Backup
import Foundation
import Kubernetes
import Processes
import Testing

@testable import Instance

/// The other side of the format judges: Barman's own tools read what Matriarch wrote, and Matriarch what they wrote. Both
/// see one directory, Barman as a bucket of S3 that rclone serves.
@Suite(.enabled(if: Sandbox.isInside), .serialized) struct BarmanTests {
  /// `Tests/EndToEnd/barman-tools` installs and finds them.
  private static func programs() throws -> String {
    let variables = ProcessInfo.processInfo.environment
    let tools = variables["MATRIARCH_TOOLS"] ?? "/var/lib/matriarch/tools"
    let folder = "\(tools)/barman-tools/bin"
    try #require(
      FileManager.default.isExecutableFile(atPath: "\(folder)/barman-cloud-restore"),
      "Barman's tools are missing: Tests/EndToEnd/barman-tools installs them")
    return folder
  }

  /// A directory that is a bucket, too.
  private final class Bucket: Sendable {
    let root: String
    let programs: String
    private let server: ChildProcess
    var path: String { "\(root)/bucket" }
    static let address = "127.77.0.9:9000"

    init() async throws {
      programs = try BarmanTests.programs()
      root = "/tmp/mi-bucket-\(UUID().uuidString.prefix(6))"
      try FileManager.default.createDirectory(atPath: "\(root)/bucket", withIntermediateDirectories: true)
      server = try ChildProcess.start(
        ProcessSpecification(
          executable: "\(programs)/rclone",
          arguments: [
            "serve", "s3", "--addr", Self.address, "--auth-key", "key,secret", "--vfs-cache-mode", "off", root,
          ],
          environment: ["PATH": "/usr/bin:/bin", "HOME": root]))
      let end = ContinuousClock.now + .seconds(20)
      while true {
        let answer = try await Tool.run(
          "/usr/bin/curl", ["-s", "-o", "/dev/null", "http://\(Self.address)/"], deadline: .seconds(5))
        if answer.status.isSuccess { break }
        try #require(ContinuousClock.now < end, "rclone does not serve")
        try await Task.sleep(for: .milliseconds(50))
      }
    }

    func close() async {
      server.send(SIGKILL)
      _ = await server.wait()
      try? FileManager.default.removeItem(atPath: root)
    }

    /// The variables under which Barman's tools find the bucket.
    var variables: [String: String] {
      [
        "PATH": "\(programs):/usr/bin:/bin", "HOME": root, "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
      ]
    }

    /// The options that all of them take.
    let options = ["--cloud-provider", "aws-s3", "--endpoint-url", "http://\(Bucket.address)"]

    func run(_ program: String, _ arguments: [String], deadline: Duration = .seconds(120)) async throws -> String {
      let output = try await Tool.run(
        "\(programs)/\(program)", options + arguments, environment: variables, deadline: deadline)
      try #require(output.status.isSuccess, "\(program): \(output.errorText.suffix(2000))")
      return output.text
    }
  }

  private func withBucket(_ body: (Bucket) async throws -> Void) async throws {
    let bucket = try await Bucket()
    do { try await body(bucket) } catch {
      await bucket.close()
      throw error
    }
    await bucket.close()
  }

  /// A server of its own, as on a machine without Matriarch.
  private final class PlainServer: Sendable {
    let binaries: String
    let data: String
    let bucket: Bucket

    init(_ binaries: String, _ data: String, _ bucket: Bucket) {
      self.binaries = binaries
      self.data = data
      self.bucket = bucket
    }

    private var address: String { "127.77.0.8" }

    func run(_ program: String, _ arguments: [String]) async throws -> String {
      var variables = bucket.variables
      variables["LC_ALL"] = "C"
      let output = try await Tool.run(
        "\(binaries)/\(program)", arguments, environment: variables, deadline: .seconds(120))
      try #require(
        output.status.isSuccess,
        "\(program): \(output.errorText) \((try? String(contentsOfFile: "\(data)/../log", encoding: .utf8)) ?? "")")
      return output.text
    }

    func start(_ settings: [String: String]) async throws {
      let lines = settings.merging([
        "listen_addresses": address, "unix_socket_directories": "/tmp", "port": "5499", "ssl": "off",
        "logging_collector": "off", "shared_preload_libraries": "", "max_connections": "400",
        "max_worker_processes": "64", "max_wal_senders": "64", "max_prepared_transactions": "400",
      ]) { own, _ in own }.map { "\($0) = '\($1.replacing("'", with: "''"))'\n" }.sorted().joined()
      try lines.write(toFile: "\(data)/postgresql.conf", atomically: true, encoding: .utf8)
      try "local all all trust\n".write(toFile: "\(data)/pg_hba.conf", atomically: true, encoding: .utf8)
      _ = try await run("pg_ctl", ["-D", data, "-l", "\(data)/../log", "-w", "-t", "60", "start"])
    }

    func query(_ statement: String) async throws -> String {
      try await run("psql", ["-XAtq", "-h", "/tmp", "-p", "5499", "-U", "postgres", "-d", "postgres", "-c", statement])
        .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func stop() async throws { _ = try await run("pg_ctl", ["-D", data, "-w", "-m", "immediate", "stop"]) }
  }

  @Test(
    "Barman lists, restores and starts what Matriarch wrote, however it is compressed",
    arguments: zip(
      [
        Sandbox.binaries.first ?? "", Sandbox.binaries.last ?? "", Sandbox.binaries.first ?? "",
        Sandbox.binaries.last ?? "",
      ],
      [("none", "gzip"), ("gzip", "zstd"), ("lz4", "lz4"), ("snappy", "bzip2")]))
  func oursByBarman(binaries: String, compression: (data: String, wal: String)) async throws {
    try await withBucket { bucket in
      var data: JSON = ["immediateCheckpoint": true]
      if compression.data != "none" { data[path: ["compression"]] = .string(compression.data) }
      _ = try await ArchiveTests().makeSource(
        binaries, bucket.path, data: data, wal: ["compression": .string(compression.wal), "maxParallel": 4])
      let list = try JSON(
        parsing: Array(
          try await bucket.run("barman-cloud-backup-list", ["--format", "json", "s3://bucket", "pg"]).utf8))
      let backup = try #require(list[path: ["backups_list"]]?.arrayValue?.first)
      #expect(backup[path: ["status"]] == "DONE")
      let id = try #require(backup[path: ["backup_id"]]?.stringValue)
      let data2 = "\(bucket.root)/restored/data"
      try FileManager.default.createDirectory(
        atPath: data2, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      _ = try await bucket.run("barman-cloud-restore", ["s3://bucket", "pg", id, data2])
      try Data().write(to: URL(fileURLWithPath: "\(data2)/recovery.signal"))
      try? FileManager.default.removeItem(atPath: "\(data2)/postgresql.auto.conf")
      try "".write(toFile: "\(data2)/postgresql.auto.conf", atomically: true, encoding: .utf8)
      let server = PlainServer(binaries, data2, bucket)
      let command =
        (["\(bucket.programs)/barman-cloud-wal-restore"] + bucket.options + ["s3://bucket", "pg", "%f", "%p"])
        .joined(separator: " ")
      try await server.start(["restore_command": command, "recovery_target_action": "promote"])
      while try await server.query("SELECT pg_is_in_recovery()") == "t" {
        try await Task.sleep(for: .milliseconds(100))
      }
      #expect(try await server.query("SELECT count(*) FROM public.before") == "10000")
      #expect(try await server.query("SELECT count(*) FROM public.after") == "77")
      try await server.stop()
    }
  }

  @Test(
    "Matriarch restores what Barman wrote",
    arguments: zip(
      [
        Sandbox.binaries.last ?? "", Sandbox.binaries.first ?? "", Sandbox.binaries.last ?? "",
        Sandbox.binaries.first ?? "",
      ],
      [[], ["--gzip"], ["--snappy"], ["--lz4"]]))
  func barmansByUs(binaries: String, option: [String]) async throws {
    try await withBucket { bucket in
      let data = "\(bucket.root)/plain/data"
      try FileManager.default.createDirectory(atPath: "\(bucket.root)/plain", withIntermediateDirectories: true)
      let server = PlainServer(binaries, data, bucket)
      _ = try await server.run("initdb", ["-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-k"])
      let command =
        (["\(bucket.programs)/barman-cloud-wal-archive"] + option + bucket.options + ["s3://bucket", "plain", "%p"])
        .joined(separator: " ")
      try await server.start(["archive_mode": "on", "archive_command": command, "wal_level": "replica"])
      _ = try await server.query("CREATE TABLE public.before AS SELECT generate_series(1, 10000) AS n")
      _ = try await bucket.run(
        "barman-cloud-backup",
        ["--immediate-checkpoint", "-h", "/tmp", "-p", "5499", "-U", "postgres", "-d", "postgres"]
          + option + ["s3://bucket", "plain"])
      _ = try await server.query("CREATE TABLE public.after AS SELECT generate_series(1, 77) AS n")
      let last = try await server.query("SELECT pg_walfile_name(pg_switch_wal())")
      let end = ContinuousClock.now + .seconds(60)
      while try await server.query("SELECT coalesce(last_archived_wal, '') >= '\(last)' FROM pg_stat_archiver") != "t" {
        try #require(ContinuousClock.now < end, "Barman does not archive")
        try await Task.sleep(for: .milliseconds(100))
      }
      try await server.stop()
      let edit: JSON = [
        "spec": [
          "bootstrap": ["initdb": .null, "recovery": ["source": "plain"]],
          "externalClusters": [
            [
              "name": "plain",
              "barmanObjectStore": ["destinationPath": .string("file://\(bucket.path)"), "wal": ["maxParallel": 4]],
            ]
          ],
        ]
      ]
      try await Stage.with(binaries, edit) { stage, first in
        try await first.leads(stage)
        #expect(try await first.value("SELECT count(*) FROM public.before") == "10000")
        #expect(try await first.value("SELECT count(*) FROM public.after") == "77")
      }
    }
  }
}
