/// A container of a storage account, and the path in it.
struct AzureAddress: Sendable, Equatable {
  var account: String
  /// `https://ACCOUNT.blob.core.windows.net`, `http://host:port/ACCOUNT`
  var service: ServiceAddress
  var container: String
  /// Without slashes at its ends; empty: all of the container.
  var path: String

  /// - Parameters:
  ///   - destination: `https://ACCOUNT.blob.core.windows.net/CONTAINER[/path]`, in sovereign clouds and zones with another
  ///     ending; or with the account in the path, as emulators have it: `http://host:port/ACCOUNT/CONTAINER[/path]`.
  ///   - endpoint: of the account, instead of what the destination says: from `endpointURL` or a connection string.
  init(_ destination: String, endpoint: String? = nil) throws(ObjectStorageError) {
    var address = try ServiceAddress(destination)
    var parts = address.pathParts[...]
    let account: String
    if let name = Self.accountInHost(address) {
      account = name
      address.path = ""
    } else {
      guard let name = parts.popFirst() else {
        throw .invalidAddress(
          destination,
          reason: "it names no storage account; it should be https://ACCOUNT.blob.core.windows.net/CONTAINER")
      }
      account = name
      address.path = "/\(name)"
    }
    guard let container = parts.popFirst() else {
      throw .invalidAddress(destination, reason: "it names no container: append one, \(address.text)/CONTAINER")
    }
    self.account = account
    self.container = container
    path = parts.joined(separator: "/")
    // What stands before every name must be able to stand in one.
    if !path.isEmpty { _ = try ObjectKey(path) }
    service =
      try endpoint.map { (text) throws(ObjectStorageError) in try Self.service(at: text, account: account) } ?? address
  }

  /// Of `ACCOUNT.blob.core.windows.net`, `ACCOUNT.z01.blob.storage.azure.net`, `ACCOUNT-secondary.blob.…` the account.
  private static func accountInHost(_ address: ServiceAddress) -> String? {
    let labels = address.host.split(separator: ".")
    guard labels.count > 2, labels.dropFirst().contains("blob"), let first = labels.first else { return nil }
    return first.hasSuffix("-secondary") ? String(first.dropLast("-secondary".count)) : String(first)
  }

  private static func service(at endpoint: String, account: String) throws(ObjectStorageError) -> ServiceAddress {
    var address = try ServiceAddress(endpoint)
    if accountInHost(address) == nil, address.path.isEmpty { address.path = "/\(account)" }
    return address
  }

  /// Before every key of the store.
  var prefix: String { path.isEmpty ? "" : "\(path)/" }
}
