import ArgumentParser
import Glibc
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
      guard try await machine.controlPlane.claim() else { throw ExitCode.success }
      Logger.bootstrapJSON()
      Self.allowManyDescriptors()
      try await machine.runControlPlane(logger: Logger(label: "control-plane"))
    }

    /// Every forwarded connection takes two, and the usual limit of 1024 is meant for programs that use select(2). Only
    /// here: the control plane starts no programs that would inherit it.
    private static func allowManyDescriptors() {
      var limit = rlimit()
      guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
      limit.rlim_cur = limit.rlim_max
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
  }

  struct RunNode: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "node")
    @Argument(help: "The node's name.") var name: String
    @OptionGroup var state: StateOptions

    func run() async throws {
      let machine = try state.machine()
      guard try await machine.existingNode(name).claim() else { throw ExitCode.success }
      Logger.bootstrapJSON()
      try await machine.runNode(name, logger: Logger(label: "node/\(name)"))
    }
  }
}
