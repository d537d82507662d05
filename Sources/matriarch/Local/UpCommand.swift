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
      Nodes whose program or images have changed are started anew; their pods run on.
      """)

  @OptionGroup var state: StateOptions
  @Flag(help: "Also make the reference cluster `demo` in namespace `demo`.") var demo = false
  @Option(help: "First two bytes of all addresses of pods, services and the API server.") var addressBlock: String?
  @Option(help: "Port of the API server.") var apiPort: Int?
  @Option(help: "Address at which services of type LoadBalancer are reached; never a wildcard.")
  var loadBalancerAddress: String?
  @Option(help: "How many nodes there are, in three zones (3 at first).") var nodes: Int?
  @Option(help: "CPU that pods may request of each node; counted, not enforced (16 at first).") var nodeCpu: String?
  @Option(help: "Memory that pods may request of each node; counted, not enforced (64Gi at first).")
  var nodeMemory: String?

  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      "For tests that cut networks: `up` starts no node but waits for `node start` in a network namespace for each.",
      visibility: .hidden))
  var networkNamespaces: Bool?

  func validate() throws {
    if let block = addressBlock {
      let parts = block.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
      guard parts.count == 2, !parts.contains(nil) else {
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
    if let nodes, !LocalSettings.nodeCounts.contains(nodes) {
      let (least, most) = (LocalSettings.nodeCounts.lowerBound, LocalSettings.nodeCounts.upperBound)
      throw ValidationError("--nodes \(nodes): give a number from \(least) to \(most)")
    }
    for (option, text) in [("--node-cpu", nodeCpu), ("--node-memory", nodeMemory)] {
      guard let text else { continue }
      guard let quantity = try? Quantity(parsing: text), quantity > Quantity(0) else {
        throw ValidationError("\(option) \(text): give an amount such as 8, 500m or 32Gi")
      }
    }
  }

  func run() async throws {
    try LocalMachine.check(stateDirectory: state.directory)
    try await Account.leaveRoot(state: state.directory)
    let start = ContinuousClock.now
    try FileManager.default.createDirectory(
      atPath: state.directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o711])
    try Account.installPrograms(state: state.directory)
    let known = try LocalSettings.load(from: state.directory)
    let machine = LocalMachine(settings: try settings(known))
    try await Sandbox.check()
    for note in try machine.checkAddresses() { Progress.say("note: \(note)") }
    if machine.controlPlane.isOutdated {
      Progress.say(
        "note: the control plane and the operator run an older program; `matriarch local down` and `up` renew them")
    }
    try machine.settings.save()
    try await machine.start(isRenewing: known.map { $0.images != machine.settings.images } ?? false) {
      Progress.say($0)
    }

    let kubectl = Kubectl(settings: machine.settings)
    Progress.say("installing the operator")
    try await kubectl.installOperator()
    try await kubectl.waitForOperator()
    if demo { try await Demo(kubectl: kubectl, settings: machine.settings, start: start).run() }
  }

  private func settings(_ known: LocalSettings?) throws -> LocalSettings {
    var settings = known ?? LocalSettings(stateDirectory: state.directory, toolsDirectory: StateOptions.toolsDirectory)
    let machine = LocalMachine(settings: settings)
    let isRunning = ([machine.controlPlane] + machine.nodes).contains { $0.processID != nil }
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
    try take(networkNamespaces, \.hasNetworkNamespaces, "--network-namespaces")
    // 127.x would be every namespace's own; anything else others could reach.
    guard settings.addressBlock.hasPrefix("127.") != settings.hasNetworkNamespaces else {
      throw ValidationError(
        settings.hasNetworkNamespaces
          ? "--network-namespaces: give an --address-block outside of 127 too, such as 10.213"
          : "--address-block \(settings.addressBlock): give two bytes, the first of them 127, such as 127.64")
    }
    try take(apiPort, \.apiPort, "--api-port")
    try take(loadBalancerAddress, \.loadBalancerAddress, "--load-balancer-address")
    try take(nodes, \.nodeCount, "--nodes")
    try take(nodeCpu, \.nodeCPU, "--node-cpu")
    try take(nodeMemory, \.nodeMemory, "--node-memory")
    settings.runtime = Account.runtime(settings)
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
