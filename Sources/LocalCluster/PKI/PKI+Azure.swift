import Certificates
import Foundation

extension PKI {
  /// The certificate of the Azure-compatible service, for its hosts' names and for its address.
  func azure(address: String, accounts: Set<String>, now: Date = .now) throws -> PEMIdentity {
    try identity(
      "azure",
      LeafRequest(
        commonName: "matriarch-azure",
        dnsNames: accounts.sorted().map(AzureSettings.blobHost) + [AzureSettings.authorityHost],
        ipAddresses: [address], usage: .server, validity: Self.leafValidity), now: now)
  }
}
