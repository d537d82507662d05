import ArgumentParser
import ClusterAPI
import Foundation
import Kubernetes
import LocalCluster

struct UpCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "up",
    abstract: "Start what does not run: control plane, nodes, operator.",
    discussion: """
      Data and settings of an earlier start are kept; options given again replace them where nothing runs yet.
      A PostgreSQL on 127.0.0.1:5432 is not in the way, unless a LoadBalancer service wants that port.
      """)

  @OptionGroup var state: StateOptions
  @Flag(help: "Also make the reference cluster `demo` in namespace `demo`.") var demo = false
  @Option(help: "First two bytes of all addresses of pods, services and the API server.") var addressBlock: String?
  @Option(help: "Port of the API server.") var apiPort: Int?
  @Option(help: "Address at which services of type LoadBalancer are reached; never a wildcard.")
  var loadBalancerAddress: String?

  func validate() throws {
    if let block = addressBlock {
      let parts = block.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count == 2, parts[0] == "127", let second = Int(parts[1]), (0...255).contains(second) else {
        throw ValidationError("--address-block \(block): give two bytes, the first of them 127, such as 127.64")
      }
    }
    if let port = apiPort, !(1024...65535).contains(port) {
      throw ValidationError("--api-port \(port): give a port from 1024 to 65535")
    }
    if let address = loadBalancerAddress, ["0.0.0.0", "::", "*"].contains(address) {
      throw ValidationError(
        "--load-balancer-address \(address): a wildcard would open the services to everybody; name one address")
    }
  }

  func run() async throws {
    try await Account.leaveRoot(state: state.directory)
    let start = ContinuousClock.now
    try FileManager.default.createDirectory(
      atPath: state.directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o711])
    try Account.installPrograms(state: state.directory)
    let machine = LocalMachine(settings: try settings())
    try await Sandbox.check()
    try await machine.start { Progress.say($0) }

    let kubectl = Kubectl(settings: machine.settings)
    Progress.say("installing the operator")
    try await kubectl.installOperator()
    if demo { try await Demo(kubectl: kubectl, settings: machine.settings, start: start).run() }
  }

  private func settings() throws -> LocalSettings {
    var settings =
      try LocalSettings.load(from: state.directory)
      ?? LocalSettings(stateDirectory: state.directory, toolsDirectory: StateOptions.toolsDirectory)
    if LocalMachine(settings: settings).controlPlane.processID == nil {
      if let addressBlock { settings.addressBlock = addressBlock }
      if let apiPort { settings.apiPort = apiPort }
      if let loadBalancerAddress { settings.loadBalancerAddress = loadBalancerAddress }
    }
    settings.images = HostImages.find(settings)
    try settings.save()
    return settings
  }
}

/// What is going on, for people who wait.
enum Progress {
  static func say(_ text: String) {
    FileHandle.standardOutput.write(Data("==> \(text)\n".utf8))
  }
}
