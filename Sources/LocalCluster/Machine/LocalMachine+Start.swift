import Foundation
import Glibc
import Kubernetes

/// Starting, and waiting until what was started is of use.
extension LocalMachine {
  /// Starts what does not run. What runs is left alone, except for nodes that have to be told something new: their pods
  /// run on meanwhile.
  ///
  /// - Parameters:
  ///   - name: the one node to start; nil starts all, or waits for them where each has to be started in a network
  ///     namespace of its own.
  ///   - isRenewing: nodes that run are started anew even if their program is the present one.
  ///   - progress: told of each step, for people.
  public func start(node name: String? = nil, isRenewing: Bool = false, progress: (String) -> Void) async throws {
    try makePrivateDirectories()
    if controlPlane.processID == nil {
      // In the network of a node it would be out of reach for all others.
      if settings.hasNetworkNamespaces, name != nil {
        throw MachineError.notRunning(stateDirectory: settings.stateDirectory)
      }
      progress("starting the control plane on \(settings.apiAddress):\(settings.apiPort)")
      try controlPlane.start(executable: executable, environment: environment)
    }
    try await waitUntilServing()
    let wanted = nodes.enumerated().filter { name == nil || $0.element.name == name }
    let isStartedByOthers = settings.hasNetworkNamespaces && name == nil
    for (_, daemon) in wanted {
      if isStartedByOthers {
        guard daemon.processID == nil else { continue }
        progress("waiting for `matriarch local node start \(daemon.name)` in that node's network namespace")
      } else if daemon.processID != nil, isRenewing || daemon.isOutdated {
        progress("restarting node \(daemon.name), whose images or program have changed; its pods run on")
        try await terminate(daemon, within: .seconds(10))
      } else if daemon.processID == nil {
        progress("starting node \(daemon.name)")
      }
      if daemon.processID == nil, !isStartedByOthers {
        try daemon.start(executable: executable, environment: environment)
      }
    }
    let lockLimit = isStartedByOthers ? Self.startLimit : Self.lockLimit
    for (index, daemon) in wanted {
      try await waitUntilReporting(daemon, address: settings.nodeAddress(index + 1), lockLimit: lockLimit)
    }
  }

  /// Secrets are in all of them: nobody else may look inside. The state directory itself can be passed through, for
  /// the programs in it.
  private func makePrivateDirectories() throws {
    let directories =
      [settings.logsDirectory, settings.volumesDirectory, settings.pkiDirectory, controlPlane.directory]
      + [settings.stateDirectory + "/nodes", settings.azureDirectory]
    for directory in directories {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: directory)
    }
    try FileManager.default.createDirectory(atPath: settings.trustDirectory, withIntermediateDirectories: true)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: settings.trustDirectory)
    Directories.spread(settings.volumesDirectory)
  }

  /// A plain environment: what a developer's shell exports has no business in a control plane.
  private var environment: [String: String] {
    [
      "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": settings.stateDirectory,
      "LANG": "C.UTF-8",
    ]
  }

  // MARK: Waiting

  private static let startLimit = Duration.seconds(30)
  /// A process has this long to take its lock before its absence counts as its end.
  private static let lockLimit = Duration.seconds(5)

  /// Until the API server answers. It writes its kubeconfig before it listens.
  private func waitUntilServing() async throws {
    try await wait(for: controlPlane, lockLimit: Self.lockLimit) { await isServing() }
  }

  /// Until the node has an endpoint and has told the API server how the pods are that it found: what is written there
  /// from before a crash is not true any more.
  private func waitUntilReporting(_ daemon: Daemon, address: String, lockLimit: Duration) async throws {
    var configuration = try ClientConfiguration.kubeconfig(path: settings.kubeconfig, context: nil)
    configuration.server = "https://\(address):\(LocalSettings.nodePort)"
    let client = try KubernetesClient(configuration)
    do {
      try await wait(for: daemon, lockLimit: lockLimit) {
        (try? await client.request(method: "GET", path: "/healthz", deadline: .seconds(2))) != nil
      }
    } catch {
      await client.shutdown()
      throw error
    }
    await client.shutdown()
  }

  private func wait(for daemon: Daemon, lockLimit: Duration, until isReady: () async -> Bool) async throws {
    let start = ContinuousClock.now
    while ContinuousClock.now < start + Self.startLimit {
      if await isReady() { return }
      if ContinuousClock.now > start + lockLimit, daemon.processID == nil {
        throw MachineError.processEnded(name: daemon.name, log: daemon.log, lastLines: daemon.lastLines())
      }
      try await Task.sleep(for: .milliseconds(20))  // another process's start has no event to wait for
    }
    throw MachineError.notReady(
      name: daemon.name, seconds: Int(Self.startLimit.components.seconds), log: daemon.log)
  }

  public func isServing() async -> Bool {
    guard let configuration = try? ClientConfiguration.kubeconfig(path: settings.kubeconfig, context: nil),
      let client = try? KubernetesClient(configuration)
    else { return false }
    let response = try? await client.request(method: "GET", path: "/readyz", deadline: .seconds(2))
    await client.shutdown()
    return response != nil
  }
}
