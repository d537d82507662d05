/// Whether everything that is about to be started can listen.
extension LocalMachine {
  /// Ports that pods listen on at addresses of their own, and of what.
  static let podPorts = [5432: "PostgreSQL", 8000: "instance managers", 9187: "metrics", 9443: "the operator"]

  /// - Returns: what is not in the way yet but may be later, in a sentence each.
  /// - Throws: ``MachineError/addressInUse(address:port:purpose:)``, ``MachineError/portInUse(_:purpose:occupant:)`` or
  ///   ``MachineError/addressUnusable(address:reason:)``.
  public func checkAddresses() throws -> [String] {
    var notes: [String] = []
    if controlPlane.processID == nil {
      try AddressCheck.isFree(settings.apiAddress, port: settings.apiPort, purpose: "the API server")
      for port in [LocalSettings.azurePort, LocalSettings.azureSecurePort] {
        try AddressCheck.isFree(settings.apiAddress, port: port, purpose: "the Azure-compatible service")
      }
      // Any port: which ones the load balancer listens on, the services say, each in its own time.
      try AddressCheck.isFree(settings.loadBalancerAddress, port: 0, purpose: "load balancers")
      notes = [5432, 5433].compactMap(occupied)
    }
    let missing = settings.nodes.enumerated().filter { node($0.element.name).processID == nil }
    // In a namespace of their own they cannot be seen from here.
    for (index, node) in missing where !settings.hasNetworkNamespaces {
      try AddressCheck.isFree(
        settings.nodeAddress(index + 1), port: LocalSettings.nodePort, purpose: "the node \(node.name)")
    }
    if !missing.isEmpty { try checkPodPorts() }
    return notes
  }

  /// An address of the block that nobody is ever given: who has a port there has it at every address.
  private var freeAddress: String { "\(settings.addressBlock).0.2" }

  private func checkPodPorts() throws {
    for (port, purpose) in Self.podPorts.sorted(by: { $0.key < $1.key }) {
      do {
        try AddressCheck.isFree(freeAddress, port: port, purpose: purpose)
      } catch MachineError.addressInUse {
        throw MachineError.portInUse(
          port, purpose: purpose, occupant: PortOccupant.describe(address: freeAddress, port: port))
      }
    }
  }

  private func occupied(_ port: Int) -> String? {
    let address = settings.loadBalancerAddress
    do {
      try AddressCheck.isFree(address, port: port, purpose: "load balancers")
      return nil
    } catch {
      return """
        \(address):\(port) belongs to \(PortOccupant.describe(address: address, port: port)). That is in nobody's way \
        until a Service of type LoadBalancer wants this port; then stop it, or give the Service another one.
        """
    }
  }
}
