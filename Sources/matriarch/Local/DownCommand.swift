import ArgumentParser
import Foundation
import LocalCluster

struct DownCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "down", abstract: "Stop pods, nodes and control plane; data stay for the next `up`.")

  @OptionGroup var state: StateOptions

  func run() async throws {
    let machine = try state.machine()
    try await Account.leaveRoot(state: state.directory)
    try await machine.stop { Progress.say($0) }
    Progress.say("stopped; the data are in \(state.directory)")
  }
}

struct CleanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clean", abstract: "Stop everything and remove all its data. Fetched tools stay.")

  @OptionGroup var state: StateOptions
  @Flag(help: "Do not ask.") var yes = false

  func validate() throws {
    guard yes || isatty(STDIN_FILENO) == 1 else {
      throw ValidationError("clean removes all data in \(state.directory); say so with --yes")
    }
  }

  func run() async throws {
    guard let settings = try LocalSettings.load(from: state.directory) else {
      Progress.say("nothing was started in \(state.directory)")
      return
    }
    if !yes {
      print("Remove all databases and settings in \(state.directory)? Type yes: ", terminator: "")
      guard readLine() == "yes" else { throw ExitCode.failure }
    }
    let machine = LocalMachine(settings: settings)
    try await machine.stop { Progress.say($0) }
    try machine.removeState()
    Progress.say("removed")
  }
}
