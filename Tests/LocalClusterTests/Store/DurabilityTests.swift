import Foundation
import Kubernetes
import Synchronization
import Testing

@testable import LocalCluster

/// Calls of fdatasync so far. SQLite's library finds this definition before the C library's.
private let syncs = Atomic<Int>(0)
private typealias Sync = @convention(c) (Int32) -> Int32
private let realSync: Sync? = dlsym(UnsafeMutableRawPointer(bitPattern: -1), "fdatasync").map {
  unsafeBitCast($0, to: Sync.self)
}

@_cdecl("fdatasync")
public func countedSync(_ descriptor: Int32) -> Int32 {
  syncs.add(1, ordering: .sequentiallyConsistent)
  return realSync?(descriptor) ?? -1
}

@Suite("What the store acknowledges", .serialized)
struct DurabilityTests {
  @Test("was synced to the disk once per commit")
  func synced() async throws {
    try await withStore { store, _ in
      for number in 0..<10 {
        let before = syncs.load(ordering: .sequentiallyConsistent)
        _ = try await store.create(ObjectKey("pods", namespace: "n", name: "p\(number)"), named("p"))
        #expect(syncs.load(ordering: .sequentiallyConsistent) > before)
      }
    }
  }

  @Test("is synced together when many write at once")
  func grouped() async throws {
    try await withStore { store, _ in
      let before = syncs.load(ordering: .sequentiallyConsistent)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<200 {
          group.addTask {
            _ = try await store.create(ObjectKey("pods", namespace: "n", name: "p\(number)"), named("p"))
          }
        }
        try await group.waitForAll()
      }
      let used = syncs.load(ordering: .sequentiallyConsistent) - before
      #expect((1..<100).contains(used), "\(used) syncs for 200 writes")
    }
  }

  @Test("survives kill -9 at any moment", arguments: 0..<5)
  func killed(round: Int) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "matriarch-crash-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    await #expect(processExitsWith: .signal(SIGKILL)) { [folder, round] in
      try await writeUntilKilled(folder: folder, after: Double(round) * 0.05 + .random(in: 0.02...0.1))
    }
    let acknowledged = try String(contentsOfFile: folder + "/acknowledged", encoding: .utf8).split(separator: "\n")
    let store = try await Store(path: folder + "/store.sqlite")
    for line in acknowledged {
      let words = line.split(separator: " ")
      // The last line may have been cut off by the kill.
      guard words.count == 3, words[2] == "." else { continue }
      let found = store.get(ObjectKey("pods", namespace: "n", name: String(words[0])))
      #expect(found?.revision == Int64(words[1]), "\(line)")
      #expect(store.revision >= Int64(words[1]) ?? .max)
    }
    #expect(acknowledged.count > 1)
    try store.close()
  }

  @Test("excludes what no longer fits on the disk, which is answered with an error and leaves the rest as it was")
  func full() async {
    await #expect(processExitsWith: .success) {
      let folder = FileManager.default.temporaryDirectory.appending(path: "matriarch-full-\(UUID())").path
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(atPath: folder) }
      let store = try await Store(path: folder + "/store.sqlite")
      let first = ObjectKey("pods", namespace: "n", name: "first")
      _ = try await store.create(first, named("first"))
      // Writing past a megabyte fails from here on, as on a full disk.
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 1 << 20, rlim_max: 1 << 20)
      precondition(setrlimit(__rlimit_resource_t(1), &limit) == 0)
      let second = ObjectKey("pods", namespace: "n", name: "second")
      let large = JSON.string(String(repeating: "x", count: 2 << 20))
      do {
        _ = try await store.create(second, named("second", large))
        exit(2)
      } catch {
        guard case .failed = error else { exit(3) }
      }
      guard store.get(second) == nil, store.get(first) != nil else { exit(4) }
      // And the store goes on with what fits.
      let third = ObjectKey("pods", namespace: "n", name: "third")
      guard let kept = try? await store.create(third, named("third")) else { exit(5) }
      try store.close()
      let again = try await Store(path: folder + "/store.sqlite")
      guard again.get(third)?.revision == kept.revision, again.get(second) == nil else { exit(6) }
    }
  }
}

/// Writes objects from several tasks and notes each acknowledged revision, until a thread kills the process.
private func writeUntilKilled(folder: String, after seconds: Double) async throws {
  let store = try await Store(path: folder + "/store.sqlite")
  let descriptor = open(folder + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
  Thread {
    Thread.sleep(forTimeInterval: seconds)
    kill(getpid(), SIGKILL)
  }.start()
  await withTaskGroup(of: Void.self) { group in
    for writer in 0..<4 {
      group.addTask {
        for number in 0... {
          let name = "p\(writer)-\(number)"
          guard let stored = try? await store.create(ObjectKey("pods", namespace: "n", name: name), named(name)) else {
            return
          }
          let line = Array("\(name) \(stored.revision) .\n".utf8)
          _ = write(descriptor, line, line.count)
        }
      }
    }
  }
}
