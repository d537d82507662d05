import ArgumentParser
import Foundation
import LocalCluster

struct LocalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "local",
    abstract: "The embedded control plane: Kubernetes' API, three nodes and their pods as processes of this machine.",
    subcommands: [
      UpCommand.self, DownCommand.self, StatusCommand.self, EnvCommand.self, NodeCommand.self, IdentityCommand.self,
      BlobsCommand.self, CleanCommand.self, RunCommand.self,
    ])
}

/// Where the state of the local control plane is.
struct StateOptions: ParsableArguments {
  @Option(
    name: .customLong("state"),
    help: ArgumentHelp(
      "Directory with everything that survives; /var/lib/matriarch for root, ~/.local/state/matriarch otherwise.",
      valueName: "directory"))
  var directory: String = StateOptions.defaultDirectory

  /// Absolute, because what is started works in other directories.
  mutating func validate() { directory = URL(fileURLWithPath: directory).standardizedFileURL.path }

  static var defaultDirectory: String {
    let chosen = ProcessInfo.processInfo.environment["MATRIARCH_STATE"] ?? ""
    return chosen.isEmpty ? standardDirectory : chosen
  }

  private static var standardDirectory: String {
    let environment = ProcessInfo.processInfo.environment
    if Account.isRoot || Account.isSystemUser { return Account.systemState }
    func named(_ variable: String) -> String? { environment[variable].flatMap { $0.isEmpty ? nil : $0 } }
    // HOME as the shells have it, and `scripts/setup` with them; Foundation would take the home of the account.
    return (named("XDG_STATE_HOME") ?? (named("HOME") ?? NSHomeDirectory()) + "/.local/state") + "/matriarch"
  }

  /// Where `make setup` puts what it fetches.
  static var toolsDirectory: String {
    let chosen = ProcessInfo.processInfo.environment["MATRIARCH_TOOLS"] ?? ""
    return chosen.isEmpty ? "\(standardDirectory)/tools" : chosen
  }

  /// The machine whose state is there.
  ///
  /// - Throws: ``MachineError/notRunning(stateDirectory:)`` where none was ever started.
  func machine() throws -> LocalMachine {
    guard let settings = try LocalSettings.load(from: directory) else {
      throw MachineError.notRunning(stateDirectory: directory)
    }
    return LocalMachine(settings: settings)
  }
}
