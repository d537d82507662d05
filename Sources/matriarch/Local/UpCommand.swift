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
    if let address = loadBalancerAddress {
      do {
        _ = try ServiceProxySettings(loadBalancerAddress: address)
      } catch {
        throw ValidationError("--load-balancer-address: \(error)")
      }
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
    try machine.checkAddresses()
    try machine.settings.save()
    try await machine.start { Progress.say($0) }

    let kubectl = Kubectl(settings: machine.settings)
    Progress.say("installing the operator")
    try await kubectl.installOperator()
    try await kubectl.waitForOperator()
    if demo { try await Demo(kubectl: kubectl, settings: machine.settings, start: start).run() }
  }

  private func settings() throws -> LocalSettings {
    let known = try LocalSettings.load(from: state.directory)
    var settings = known ?? LocalSettings(stateDirectory: state.directory, toolsDirectory: StateOptions.toolsDirectory)
    let isRunning = LocalMachine(settings: settings).controlPlane.processID != nil
    func take<Value: Equatable & CustomStringConvertible>(
      _ given: Value?, _ setting: WritableKeyPath<LocalSettings, Value>, _ option: String
    ) throws {
      guard let given, given != settings[keyPath: setting] else { return }
      if isRunning {
        throw MachineError.isRunning(
          stateDirectory: state.directory, option: option, value: "\(settings[keyPath: setting])")
      }
      settings[keyPath: setting] = given
    }
    try take(addressBlock, \.addressBlock, "--address-block")
    try take(apiPort, \.apiPort, "--api-port")
    try take(loadBalancerAddress, \.loadBalancerAddress, "--load-balancer-address")
    settings.images = HostImages.find(settings)
    return settings
  }
}

/// What is going on, for people who wait.
enum Progress {
  static func say(_ text: String) {
    FileHandle.standardOutput.write(Data("==> \(text)\n".utf8))
  }
}
