import Foundation
import Kubernetes
import Synchronization
import Testing

@testable import LocalCluster

@Suite("The pods of a node", .timeLimit(.minutes(1)))
struct PodManagerTests {
  private struct Unavailable: Error {}

  /// An API server that takes statuses only once it is told to.
  private final class Statuses: Sendable {
    let isOpen = Mutex(false)
    let phases = Mutex<[String]>([])

    func take(_ patch: JSON) throws {
      guard isOpen.withLock({ $0 }) else { throw Unavailable() }
      phases.withLock { $0.append(patch[path: ["status", "phase"]]?.stringValue ?? "none") }
    }
  }

  @Test("that an earlier node process left count as reported once the API server has heard how they are now")
  func reporting() async throws {
    let bench = try PodBench()
    let statuses = Statuses()
    var interface = bench.context.interface
    interface.report = { _, patch in try statuses.take(patch) }
    let context = PodContext(
      settings: bench.context.settings, images: bench.context.images, runtime: bench.context.runtime,
      probes: bench.context.probes, interface: interface, logger: bench.context.logger)
    var pod = PodBench.pod {
      $0.restartPolicy = "Never"
      $0.containers = [PodBench.container("main", "exec sleep 1000")]
    }
    // As it was before the machine lost its power: ready, and nothing is left that runs.
    pod.status = .with { $0.phase = "Running" }
    let directory = PodDirectory(podsDirectory: context.settings.podsDirectory, uid: pod.uid)
    try directory.create(pod, address: "127.64.77.1")
    let record = ContainerRecord(id: "0", image: "test:1", imageID: "", workingDirectory: "/", startedAt: Date())
    try directory.container("main", attempt: 0).prepare(arguments: ["/bin/true"], variables: [:], record: record)

    let manager = try PodManager(context)
    let found = [pod]
    let (changes, continuation) = AsyncStream<Change<Pod>>.makeStream()
    #expect(await !manager.hasReported)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await manager.run(pods: found, changes: changes) }
      try await Task.sleep(for: .milliseconds(300))
      #expect(await !manager.hasReported)
      statuses.isOpen.withLock { $0 = true }
      while await !manager.hasReported { try await Task.sleep(for: .milliseconds(10)) }
      #expect(statuses.phases.withLock { $0 }.last == "Failed")
      continuation.finish()
      group.cancelAll()
    }
    await bench.close()
  }
}
