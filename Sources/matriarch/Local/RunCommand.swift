import ArgumentParser
import Foundation
import Kubernetes
import LocalCluster
import Logging
import ServiceLifecycle

/// What `up` starts in the background.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run one process of the control plane in the foreground (`up` does this).",
    shouldDisplay: false, subcommands: [ControlPlane.self, RunNode.self])

  struct ControlPlane: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "control-plane")
    @OptionGroup var state: StateOptions

    func run() async throws {
      let machine = try state.machine()
      guard try machine.controlPlane.claim() else { throw ExitCode.success }
      try await RunCommand.supervise(
        try machine.controlPlaneServices(logger: .json("control-plane")), logger: .json("control-plane"))
    }
  }

  struct RunNode: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "node")
    @Argument(help: "The node's name.") var name: String
    @OptionGroup var state: StateOptions

    func run() async throws {
      let machine = try state.machine()
      guard try machine.existingNode(name).claim() else { throw ExitCode.success }
      let logger = Logger.json("node/\(name)")
      try await RunCommand.supervise([try machine.nodeService(name, logger: logger)], logger: logger)
    }
  }

  private static func supervise(_ services: [any Service], logger: Logger) async throws {
    try await ServiceGroup(
      services: services, gracefulShutdownSignals: [.sigterm, .sigint], cancellationSignals: [], logger: logger
    ).run()
  }
}
