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
