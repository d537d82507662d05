import Foundation
import Logging

/// Where stores come from.
public enum ObjectStores {
  /// Opens the store that a manifest names. No request is made yet; close it with ``ObjectStore/shutdown()``.
  ///
  /// - Parameters:
  ///   - variables: of the environment: identities of Azure, AWS and Google, `HTTPS_PROXY`, `NO_PROXY`, `SSL_CERT_FILE`.
  /// - Throws: for an address or a credential that cannot be used; the error names the field or the variable.
  public static func open(
    _ configuration: StoreConfiguration, variables: [String: String], logger: Logger
  ) throws(ObjectStorageError) -> any ObjectStore {
    let destination = configuration.destinationPath
    if destination.hasPrefix("file://") { return try directory(destination) }
    switch configuration.credentials {
    case .none:
      throw .credentials(
        "For \(destination) there are no credentials: azureCredentials, s3Credentials or googleCredentials is missing.")
    case .azureConnectionString, .azureKey, .azureSharedAccess, .azureIdentity, .azureDefaultChain:
      return try AzureStore(configuration, variables: variables, logger: logger)
    case .s3Keys, .s3Role: return try S3Store(configuration, variables: variables, logger: logger)
    case .googleKey, .googleMetadata: return try GoogleStore(configuration, variables: variables, logger: logger)
    }
  }

  private static func directory(_ destination: String) throws(ObjectStorageError) -> any ObjectStore {
    guard let path = String(destination.dropFirst("file://".count)).removingPercentEncoding else {
      throw .invalidAddress(destination, reason: "its percent-encoding is broken")
    }
    return try DirectoryStore(path)
  }
}
