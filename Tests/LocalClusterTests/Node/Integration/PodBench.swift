import AsyncHTTPClient
import Foundation
import Glibc
import Kubernetes
import Logging
import Synchronization
import Testing

@testable import LocalCluster

/// One pod on a node without an API server: real sandboxes, real shims, and everything the node would report kept here.
final class PodBench: Sendable {
  fileprivate struct Said {
    var status: JSON?
    var events: [String] = []
    var isRemoved = false
    var secrets: [String: Secret] = [:]
  }

  let directory: String
  let context: PodContext
  private let said: SaidBox
  private let client: HTTPClient

  final class SaidBox: Sendable {
    fileprivate let content = Mutex(Said())
  }

  /// Beside the test program, where SwiftPM puts all programs; absent where one room alone is built.
  static let shim: String? = {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink("/proc/self/exe", &buffer, buffer.count)
    let own = String(decoding: buffer[..<max(length, 0)].map(UInt8.init(bitPattern:)), as: UTF8.self)
    let path = own.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/matriarch-shim"
    return access(path, X_OK) == 0 ? path : nil
  }()

  /// `scripts/test` wants all tests: there what is missing is a failure.
  static var isPossible: Bool {
    getenv("MATRIARCH_ALL_TESTS") != nil || (shim != nil && access(HostLayout.bubblewrap, X_OK) == 0)
  }

  init() throws {
    directory = NSTemporaryDirectory() + "matriarch-pod-\(UUID())"
    try Directories.create(directory + "/volumes", mode: 0o700)
    let said = SaidBox()
    self.said = said
    client = ProbePerformer.makeClient()
    let image = LocalImage(name: "test:1", repositories: ["test"], imageID: "local://test", user: 26)
    let settings = NodeSettings(
      name: "local-1", zone: "a", address: "127.64.0.11", podRange: "127.64.77.0/24",
      stateDirectory: directory + "/node",
      clusterDirectory: directory, volumesDirectory: directory + "/volumes", images: [image], shim: Self.shim ?? "",
      apiServerHost: "127.64.0.1", apiServerPort: 6443, certificatePath: "", keyPath: "", clientAuthorityPath: "")
    try Directories.create(settings.podsDirectory, mode: 0o700)
    context = PodContext(
      settings: settings, images: ImageCatalogue(images: [image]),
      runtime: ContainerRuntime(shim: settings.shim, host: .ofThisMachine()), probes: ProbePerformer(client: client),
      interface: Self.interface(said), logger: Logger(label: "test"))
  }

  private static func interface(_ said: SaidBox) -> NodeInterface {
    NodeInterface(
      secret: { _, name in said.content.withLock { $0.secrets[name] } }, configMap: { _, _ in nil },
      claim: { _, _ in nil }, persistentVolume: { _ in nil },
      services: { [.init(name: "kubernetes", namespace: "default", address: "127.64.128.1")] },
      issueToken: { _, _ in throw VolumeFailure.token("none here") },
      report: { _, patch in
        said.content.withLock { $0.status = patch["status"] }
      },
      remove: { _ in said.content.withLock { $0.isRemoved = true } },
      event: { _, _, reason, message in said.content.withLock { $0.events.append("\(reason): \(message)") } })
  }

  func add(_ secret: Secret) { said.content.withLock { $0.secrets[secret.name] = secret } }
  var events: [String] { said.content.withLock { $0.events } }
  var isRemoved: Bool { said.content.withLock { $0.isRemoved } }

  static func pod(_ fill: (inout PodSpec) -> Void) -> Pod {
    Pod.named("demo-1", in: "demo") {
      $0.metadata.uid = UUID().uuidString.lowercased()
      $0.spec = .with {
        $0.terminationGracePeriodSeconds = 10
        fill(&$0)
      }
    }
  }

  static func container(_ name: String, _ script: String, _ fill: (inout Container) -> Void = { _ in }) -> Container {
    .with {
      $0.name = name
      $0.image = "test:1"
      $0.command = ["/bin/sh", "-c", script]
      fill(&$0)
    }
  }

  func worker(_ pod: Pod) -> PodWorker { PodWorker(pod, isGone: false, address: "127.64.77.1", context: context) }

  /// Waits until the reported status fits.
  ///
  /// - Throws: with the last status, after twenty seconds.
  func status(where fits: @escaping @Sendable (PodStatus) -> Bool) async throws -> PodStatus {
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
      if let json = said.content.withLock({ $0.status }), let status = try? json.decoded(as: PodStatus.self),
        fits(status)
      {
        return status
      }
      try await Task.sleep(for: .milliseconds(10))
    }
    let last = said.content.withLock { $0.status }
    throw BenchFailure(message: "status: \(last?.text ?? "none"), events: \(events)")
  }

  struct BenchFailure: Error { let message: String }

  /// Runs the body while the worker works; what it left running is ended afterwards.
  func run(_ worker: PodWorker, _ body: () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await worker.run() }
      do { try await body() } catch {
        group.cancelAll()
        throw error
      }
      group.cancelAll()
    }
  }

  func log(_ worker: PodWorker, _ container: String, previous: Bool = false) async throws -> String {
    let run = try #require(await worker.containerDirectory(container, previous: previous))
    let cursor = LogCursor(run, LogQuery())
    return String(decoding: cursor.next().bytes, as: UTF8.self)
  }

  func close() async {
    await LocalNode.powerOff(stateDirectory: context.settings.stateDirectory)
    try? await client.shutdown()
    for pod in Directories.names(in: context.settings.podsDirectory) {
      try? PodDirectory(podsDirectory: context.settings.podsDirectory, uid: pod).remove()
    }
    try? Directories.remove(directory)
  }
}

extension PodStatus {
  func container(_ name: String) -> ContainerStatus? { containerStatuses?.first { $0.name == name } }
  var isReady: Bool { conditions?.first { $0.type == "Ready" }?.status == "True" }
}
