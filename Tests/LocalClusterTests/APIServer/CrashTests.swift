import Foundation
import Kubernetes
import Processes
import Testing

@testable import LocalCluster

@Suite("What the API server acknowledged", .serialized, .timeLimit(.minutes(2)))
struct CrashTests {
  @Test("is there after kill -9 under creations, updates and deletions", arguments: 0..<3)
  func killed(round: Int) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "matriarch-kill-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String, round = round as Int] in
      await serveUntilKilled(folder: folder, after: Double(round) * 0.3 + .random(in: 0.1...0.4))
    }
    /// The last step of each object that was acknowledged: 1 created, 2 updated, 3 deleted.
    var steps: [String: Int] = [:]
    let acknowledged = try Acknowledgements.read(folder: folder)
    for (name, step) in acknowledged { steps[name] = Int(step) }
    #expect(acknowledged.count >= Acknowledgements.least)
    try await TestServer.run(in: folder) { test in
      for (name, step) in steps {
        let data = try await test.client.find(ConfigMap.self, name, in: "default")?.data?["step"]
        // The next step may have been written without its answer having arrived.
        let possible: [String?] = [nil, "1", "2", nil]
        #expect(possible[step...min(step + 1, 3)].contains(data), "\(name), step \(step): \(data ?? "gone")")
      }
    }
  }

  private static let unshare = "/usr/bin/unshare"
  /// A file system of its own needs a user namespace, which the kernel may forbid, or root. `scripts/test` wants all
  /// tests: there what is missing is a failure.
  private static let canMount: Bool = {
    guard getenv("MATRIARCH_ALL_TESTS") == nil else { return true }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: unshare)
    process.arguments = ["-Urm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  @Test(
    "is all there is on a full disk: 507, nothing changed, and on it goes once there is room",
    .enabled(if: canMount, "no user namespaces here: nothing can be mounted"))
  func fullDisk() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "matriarch-full-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var environment = ProcessInfo.processInfo.environment
    environment["MATRIARCH_FULL_DISK"] = folder
    let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let output = try await Tool.run(
      Self.unshare,
      [
        "-Urm", "/bin/sh", "-c",
        #"mount -t tmpfs -o size=16m tmpfs "$0" && exec "$1" --testing-library swift-testing --filter FullDiskServer"#,
        folder, program,
      ], environment: environment, deadline: .seconds(60))
    #expect(output.status.isSuccess, "\(output.text)\(output.errorText)")
    #expect((output.text + output.errorText).contains("Test run with 1 test"), "\(output.text)\(output.errorText)")
  }
}

/// Not a test of its own: what ``CrashTests/fullDisk()`` runs on a disk of 16 MB.
@Suite struct FullDiskServer {
  @Test(.enabled(if: ProcessInfo.processInfo.environment["MATRIARCH_FULL_DISK"] != nil))
  func fill() async throws {
    let folder = try #require(ProcessInfo.processInfo.environment["MATRIARCH_FULL_DISK"])
    let ballast = "\(folder)/ballast"
    try Data(repeating: 1, count: 4 << 20).write(to: URL(fileURLWithPath: ballast))
    let path = "/api/v1/namespaces/default/configmaps"
    let text = String(repeating: "x", count: 900_000)
    var kept: [String] = []
    try await TestServer.run(in: folder) { test in
      func create(_ name: String) async throws -> TestServer.Answer {
        try await test.send("POST", path, ["metadata": ["name": .string(name)], "data": ["x": .string(text)]])
      }
      var refusal: TestServer.Answer?
      for number in 0..<40 where refusal == nil {
        let answer = try await create("m\(number)")
        if answer.status == 201 { kept.append("m\(number)") } else { refusal = answer }
      }
      let full = try #require(refusal)
      #expect(full.status == 507)
      #expect(full.json["reason"] == "InsufficientStorage")
      #expect(full.message.contains("is full: nothing was changed; free space there and try again"), "\(full.message)")
      #expect(try await names(test) == kept)
      #expect(try await test.send("GET", "\(path)/m0").status == 200)
      try FileManager.default.removeItem(atPath: ballast)
      #expect(try await create("after").status == 201)
      kept.append("after")
    }
    try await TestServer.run(in: folder) { (test: TestServer) async throws in
      let found = try await names(test)
      #expect(found == kept.sorted())
    }
  }

  private func names(_ test: TestServer) async throws -> [String] {
    try await test.client.list(ConfigMap.self, in: "default").items.map(\.name).sorted()
  }
}

/// Serves, and has clients of its own write and note each answer, until a thread kills the process.
private func serveUntilKilled(folder: String, after seconds: Double) async {
  let acknowledged = Acknowledgements(folder: folder)
  try? await TestServer.run(in: folder) { test in
    acknowledged.killProcess(after: seconds)
    await withTaskGroup(of: Void.self) { group in
      for writer in 0..<4 {
        group.addTask {
          for number in 0... {
            let name = "m\(writer)-\(number)"
            do {
              _ = try await test.client.create(ConfigMap.named(name, in: "default") { $0.data = ["step": "1"] })
              acknowledged.note(name, 1)
              _ = try await test.client.patch(
                ConfigMap.self, name, in: "default", .merge(["data": ["step": "2"]]))
              acknowledged.note(name, 2)
              guard number % 2 == 0 else { continue }
              try await test.client.delete(ConfigMap.self, name, in: "default")
              acknowledged.note(name, 3)
            } catch {
              return
            }
          }
        }
      }
    }
  }
}
