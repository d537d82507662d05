import Foundation
import Glibc
import Kubernetes
import Processes

/// The local control plane as a whole: its processes, started, found and stopped.
public struct LocalMachine: Sendable {
  public let settings: LocalSettings
  /// The program that runs as control plane and as nodes: a copy in the state directory, so that a new build does
  /// not pull it away from under the running ones.
  let executable: String

  public init(settings: LocalSettings) {
    self.settings = settings
    executable = "\(settings.binDirectory)/matriarch"
  }

  public var controlPlane: Daemon {
    Daemon(
      name: "control-plane", directory: settings.stateDirectory + "/control-plane",
      arguments: ["local", "run", "control-plane", "--state", settings.stateDirectory],
      log: "\(settings.logsDirectory)/control-plane.log")
  }

  public var nodes: [Daemon] { settings.nodes.map { node($0.name) } }

  public func node(_ name: String) -> Daemon {
    Daemon(
      name: name, directory: settings.nodeDirectory(name),
      arguments: ["local", "run", "node", name, "--state", settings.stateDirectory],
      log: "\(settings.logsDirectory)/\(name).log")
  }

  /// Starts what does not run. Nothing that runs is touched.
  ///
  /// - Parameter progress: told of each step, for people.
  public func start(progress: (String) -> Void) async throws {
    try makePrivateDirectories()
    if controlPlane.processID == nil {
      progress("starting the control plane on \(settings.apiAddress):\(settings.apiPort)")
      try controlPlane.start(executable: executable, environment: environment)
    }
    try await waitUntilServing()
    let missing = nodes.filter { $0.processID == nil }
    for daemon in missing {
      progress("starting node \(daemon.name)")
      try daemon.start(executable: executable, environment: environment)
    }
    for daemon in missing { try await waitUntilRunning(daemon) }
  }

  /// Whether everything that is about to be started can listen.
  ///
  /// - Throws: ``MachineError/addressInUse(address:port:purpose:)`` or
  ///   ``MachineError/addressUnusable(address:reason:)``.
  public func checkAddresses() throws {
    if controlPlane.processID == nil {
      try AddressCheck.isFree(settings.apiAddress, port: settings.apiPort, purpose: "the API server")
      // Any port: which ones the load balancer listens on, the services say, each in its own time.
      try AddressCheck.isFree(settings.loadBalancerAddress, port: 0, purpose: "load balancers")
    }
    for (index, node) in settings.nodes.enumerated() where self.node(node.name).processID == nil {
      try AddressCheck.isFree(
        settings.nodeAddress(index + 1), port: LocalSettings.nodePort, purpose: "the node \(node.name)")
    }
  }

  /// Secrets are in all of them: nobody else may look inside. The state directory itself can be passed through, for
  /// the programs in it.
  private func makePrivateDirectories() throws {
    let directories =
      [settings.logsDirectory, settings.volumesDirectory, settings.pkiDirectory, controlPlane.directory]
      + [settings.stateDirectory + "/nodes"]
    for directory in directories {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: directory)
    }
  }

  /// A plain environment: what a developer's shell exports has no business in a control plane.
  private var environment: [String: String] {
    [
      "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": settings.stateDirectory,
      "LANG": "C.UTF-8",
    ]
  }

  private static let startLimit = 30

  /// Until the API server answers. It writes its kubeconfig before it listens.
  private func waitUntilServing() async throws {
    let deadline = ContinuousClock.now + .seconds(Self.startLimit)
    while ContinuousClock.now < deadline {
      if await isServing() { return }
      // The process has a moment to take its lock before its absence counts as its end.
      if ContinuousClock.now > deadline - .seconds(Self.startLimit - 5), controlPlane.processID == nil {
        throw MachineError.processEnded(
          name: controlPlane.name, log: controlPlane.log, lastLines: controlPlane.lastLines())
      }
      try await Task.sleep(for: .milliseconds(50))  // another process's start has no event to wait for
    }
    throw MachineError.notReady(name: controlPlane.name, seconds: Self.startLimit, log: controlPlane.log)
  }

  /// Until the process holds its lock, which is the first thing it does.
  private func waitUntilRunning(_ daemon: Daemon) async throws {
    let deadline = ContinuousClock.now + .seconds(Self.startLimit)
    while daemon.processID == nil {
      guard ContinuousClock.now < deadline else {
        throw MachineError.processEnded(name: daemon.name, log: daemon.log, lastLines: daemon.lastLines())
      }
      try await Task.sleep(for: .milliseconds(20))  // another process's start has no event to wait for
    }
  }

  public func isServing() async -> Bool {
    guard let configuration = try? ClientConfiguration.kubeconfig(path: settings.kubeconfig, context: nil),
      let client = try? KubernetesClient(configuration)
    else { return false }
    let response = try? await client.request(method: "GET", path: "/readyz", deadline: .seconds(2))
    await client.shutdown()
    return response != nil
  }

  /// Stops everything: nodes first, so that nobody restarts what ends, then the pods, which may take their time and
  /// still reach the API, then the control plane. Data stay.
  public func stop(progress: (String) -> Void) async throws {
    for daemon in nodes { try await terminate(daemon, within: .seconds(10)) }
    progress("stopping pods")
    await withTaskGroup(of: Void.self) { group in
      for node in settings.nodes {
        group.addTask {
          await LocalNode.powerOff(stateDirectory: settings.nodeDirectory(node.name), gracePeriod: .seconds(30))
        }
      }
    }
    progress("stopping the control plane")
    try await terminate(controlPlane, within: .seconds(10))
  }

  /// SIGTERM, and SIGKILL for one that does not end.
  public func terminate(_ daemon: Daemon, within limit: Duration) async throws {
    guard let process = daemon.processID else { return }
    kill(process, SIGTERM)
    let deadline = ContinuousClock.now + limit
    while daemon.processID == process {
      if ContinuousClock.now > deadline { kill(process, SIGKILL) }
      try await Task.sleep(for: .milliseconds(20))  // it is not our child: its end sends us no signal
    }
  }
}

extension LocalMachine {
  /// The process of a node there is.
  ///
  /// - Throws: ``MachineError/noSuchNode(_:known:)``.
  public func existingNode(_ name: String) throws -> Daemon {
    guard settings.nodes.contains(where: { $0.name == name }) else {
      throw MachineError.noSuchNode(name, known: settings.nodes.map(\.name))
    }
    return node(name)
  }

  /// Ends a node and all its pods at once, as when the power goes.
  public func powerOff(_ name: String) async throws {
    let daemon = try existingNode(name)
    if let process = daemon.processID { kill(process, SIGKILL) }
    await LocalNode.powerOff(stateDirectory: settings.nodeDirectory(name), gracePeriod: .zero)
  }
}
