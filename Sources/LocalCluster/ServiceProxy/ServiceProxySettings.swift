/// Where services of type LoadBalancer are reached.
public struct ServiceProxySettings: Sendable {
  public let loadBalancerAddress: String

  /// - Parameter loadBalancerAddress: one address of this machine.
  /// - Throws: ``ServiceProxySettingsError`` for a wildcard or what is no IP address.
  public init(loadBalancerAddress: String = "127.0.0.1") throws(ServiceProxySettingsError) {
    guard SourceRange.addressBytes(loadBalancerAddress) != nil else {
      throw ServiceProxySettingsError(address: loadBalancerAddress, problem: "is not an IP address")
    }
    guard !SourceRange.isWildcard(loadBalancerAddress) else {
      throw ServiceProxySettingsError(
        address: loadBalancerAddress, problem: "would open databases on every network of this machine")
    }
    self.loadBalancerAddress = loadBalancerAddress
  }
}

/// An address that load balancers cannot have.
public struct ServiceProxySettingsError: Error, Equatable, CustomStringConvertible {
  let address: String
  let problem: String

  public var description: String {
    "the load balancers' address \"\(address)\" \(problem); give one address of this machine, such as 127.0.0.1"
  }
}
