import ArgumentParser
import Foundation
import LocalCluster

struct NodeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "node", abstract: "Stop and start single nodes, gently or as a power cut.",
    discussion: "kubectl cordon, uncordon, drain and get nodes do the rest.",
    subcommands: [Start.self, Stop.self, PowerOff.self])

  struct Start: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Start nodes that do not run, or run an older program; running pods are adopted.")
    @Argument(help: "The node's name; without one all are started.") var name: String?
    @OptionGroup var state: StateOptions

    func run() async throws {
      let machine = try state.machine()
      if let name { _ = try machine.existingNode(name) }
      try await Account.leaveRoot(state: state.directory)
      try await machine.start(node: name) { Progress.say($0) }
    }
  }

  struct Stop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Stop a node's process; its pods run on, unattended.")
    @Argument(help: "The node's name.") var name: String
    @OptionGroup var state: StateOptions

    func run() async throws {
      let machine = try state.machine()
      try await machine.terminate(machine.existingNode(name), within: .seconds(10))
    }
  }

  struct PowerOff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "power-off", abstract: "End a node and all its pods at once, as when the power goes.")
    @Argument(help: "The node's name.") var name: String
    @OptionGroup var state: StateOptions

    func run() async throws {
      try await state.machine().powerOff(name)
    }
  }
}
