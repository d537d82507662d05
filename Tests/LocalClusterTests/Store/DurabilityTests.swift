import Foundation
import Kubernetes
import Processes
import Testing

@testable import LocalCluster

/// Counts the kernel's calls: this very program once more, under strace, doing nothing but ``StoreWriter``.
private func syncs(_ mode: String) async throws -> Int {
  let folder = FileManager.default.temporaryDirectory.appending(path: "matriarch-sync-\(UUID())").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  var environment = ProcessInfo.processInfo.environment
  environment["MATRIARCH_STORE_WRITER"] = "\(mode) \(folder)/store.sqlite"
  let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  let output = try await Tool.run(
    strace,
    [
      "-f", "-qq", "-e", "trace=fdatasync,fsync", "-e", "signal=none", "-o", "\(folder)/calls", program,
      "--testing-library", "swift-testing", "--filter", "StoreWriter",
    ], environment: environment, deadline: .seconds(60))
  #expect(output.status.isSuccess, "\(output.text)\(output.errorText)")
  let calls = try String(contentsOfFile: "\(folder)/calls", encoding: .utf8).split(separator: "\n")
  return calls.filter { $0.contains("sync(") && $0.hasSuffix("= 0") || $0.contains("sync resumed") }.count
}

private let strace = "/usr/bin/strace"
/// `scripts/test` wants all tests: there what is missing is a failure.
private let hasStrace =
  getenv("MATRIARCH_ALL_TESTS") != nil || FileManager.default.isExecutableFile(atPath: strace)

/// Not a test of its own: what ``syncs(_:)`` runs and watches.
@Suite struct StoreWriter {
  @Test(.enabled(if: ProcessInfo.processInfo.environment["MATRIARCH_STORE_WRITER"] != nil))
  func write() async throws {
    let words = try #require(ProcessInfo.processInfo.environment["MATRIARCH_STORE_WRITER"]).split(separator: " ")
    let store = try await Store(path: String(words[1]))
    func create(_ number: Int) async throws {
      _ = try await store.create(StoreKey("pods", namespace: "n", name: "p\(number)"), named("p"))
    }
    if words[0] == "sequential" {
      for number in 0..<40 { try await create(number) }
    } else {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<400 { group.addTask { try await create(number) } }
        try await group.waitForAll()
      }
    }
    try store.close()
  }
}

@Suite("What the store acknowledges", .serialized)
struct DurabilityTests {
  @Test("was synced to the disk before, once for each commit", .enabled(if: hasStrace, "strace is not installed"))
  func synced() async throws {
    // Opening, checkpoints and closing sync a few times more.
    #expect((40...60).contains(try await syncs("sequential")))
  }

  @Test("is synced together where many write at once", .enabled(if: hasStrace, "strace is not installed"))
  func grouped() async throws {
    #expect((1...200).contains(try await syncs("together")))
  }

  @Test("survives kill -9 at any moment", arguments: 0..<5)
  func killed(round: Int) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "matriarch-crash-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String, round = round as Int] in
      await writeUntilKilled(folder: folder, after: Double(round) * 0.05 + .random(in: 0.02...0.1))
    }
    let acknowledged = try Acknowledgements.read(folder: folder)
    let store = try await Store(path: folder + "/store.sqlite")
    for (name, revision) in acknowledged {
      #expect(store.get(StoreKey("pods", namespace: "n", name: name))?.revision == revision, "\(name)")
      #expect(store.revision >= revision)
    }
    #expect(acknowledged.count >= Acknowledgements.least)
    try store.close()
  }

  @Test("excludes what no longer fits on the disk, which is answered with an error and leaves the rest as it was")
  func full() async {
    await #expect(processExitsWith: .success) {
      let folder = FileManager.default.temporaryDirectory.appending(path: "matriarch-full-\(UUID())").path
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(atPath: folder) }
      let store = try await Store(path: folder + "/store.sqlite")
      let first = StoreKey("pods", namespace: "n", name: "first")
      _ = try await store.create(first, named("first"))
      // Writing past a megabyte fails from here on, as on a full disk.
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 1 << 20, rlim_max: 1 << 20)
      precondition(setrlimit(__rlimit_resource_t(1), &limit) == 0)
      let second = StoreKey("pods", namespace: "n", name: "second")
      let large = JSON.string(String(repeating: "x", count: 2 << 20))
      do {
        _ = try await store.create(second, named("second", large))
        exit(2)
      } catch {
        guard case .failed? = error as? StoreError else { exit(3) }
      }
      guard store.get(second) == nil, store.get(first) != nil else { exit(4) }
      // And the store goes on with what fits.
      let third = StoreKey("pods", namespace: "n", name: "third")
      guard let kept = try? await store.create(third, named("third")) else { exit(5) }
      try store.close()
      let again = try await Store(path: folder + "/store.sqlite")
      guard again.get(third)?.revision == kept.revision, again.get(second) == nil else { exit(6) }
    }
  }
}

/// Writes objects from several tasks and notes each acknowledged revision, until a thread kills the process.
private func writeUntilKilled(folder: String, after seconds: Double) async {
  guard let store = try? await Store(path: folder + "/store.sqlite") else { return }
  let acknowledged = Acknowledgements(folder: folder)
  /// - Returns: whether the object was written.
  @Sendable func create(_ name: String) async -> Bool {
    guard let stored = try? await store.create(StoreKey("pods", namespace: "n", name: name), named(name)) else {
      return false
    }
    acknowledged.note(name, stored.revision)
    return true
  }
  acknowledged.killProcess(after: seconds)
  await withTaskGroup(of: Void.self) { group in
    for writer in 0..<4 {
      group.addTask {
        for number in 0... {
          guard await create("p\(writer)-\(number)") else { return }
        }
      }
    }
  }
}
