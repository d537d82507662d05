import ArgumentParser
import LocalCluster
import Logging

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
      Logger.bootstrapJSON()
      try await machine.runControlPlane(logger: Logger(label: "control-plane"))
    }
  }

  struct RunNode: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "node")
    @Argument(help: "The node's name.") var name: String
    @OptionGroup var state: StateOptions

    func run() async throws {
      let machine = try state.machine()
      guard try machine.existingNode(name).claim() else { throw ExitCode.success }
      Logger.bootstrapJSON()
      try await machine.runNode(name, logger: Logger(label: "node/\(name)"))
    }
  }
}
