/// How containers reach the hosts of the Azure-compatible service under their names in Azure: by a proxy, and with an
/// authority that vouches for them (docs/decisions/2026-11-27-how-pods-reach-azure.md).
public struct AzureAccess: Codable, Sendable, Equatable {
  /// `http://127.64.0.1:10000`.
  public var proxy: String
  /// What is reached without it, as `NO_PROXY` has it.
  public var exceptions: [String]
  /// A file of the host.
  public var trustBundle: String

  public init(proxy: String, exceptions: [String], trustBundle: String) {
    self.proxy = proxy
    self.exceptions = exceptions
    self.trustBundle = trustBundle
  }

  /// The variables for a container beside those it has: nothing for one with a proxy of its own, in whichever spelling.
  func variables(beside own: [String: String]) -> [String: String] {
    var variables: [String: String] = [:]
    // Libraries of Python bring authorities of their own, unless these say otherwise.
    for name in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"] { variables[name] = HostLayout.trustBundlePath }
    func has(_ name: String) -> Bool { own[name] != nil || own[name.lowercased()] != nil }
    guard !has("HTTPS_PROXY"), !has("ALL_PROXY") else { return variables }
    for name in ["HTTPS_PROXY", "https_proxy"] { variables[name] = proxy }
    guard !has("NO_PROXY") else { return variables }
    for name in ["NO_PROXY", "no_proxy"] { variables[name] = exceptions.joined(separator: ",") }
    return variables
  }
}

extension LocalSettings {
  var azure: AzureSettings {
    AzureSettings(
      address: apiAddress, port: Self.azurePort, securePort: Self.azureSecurePort, directory: azureDirectory,
      ownNetwork: "\(addressBlock).0.0/16")
  }

  /// The proxy by which hosts of the embedded service are reached under their own names.
  public var azureProxy: String { "http://\(apiAddress):\(Self.azurePort)" }

  var azureAccess: AzureAccess {
    AzureAccess(
      proxy: azureProxy,
      exceptions: [
        "localhost", "127.0.0.0/8", "::1", "\(addressBlock).0.0/16", ".svc", ".\(clusterDomain)", "kubernetes.default",
      ], trustBundle: trustBundle)
  }
}
