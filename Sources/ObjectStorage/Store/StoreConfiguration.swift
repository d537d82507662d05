/// Where a store is and who may use it: what a manifest's `barmanObjectStore` says, with its secrets read.
public struct StoreConfiguration: Sendable, Equatable {
  /// `https://ACCOUNT.blob.core.windows.net/CONTAINER/path`, `s3://bucket/path`, `gs://bucket/path`, `file:///path`; for an
  /// emulator of Azure `http://host:port/account/container/path`.
  public var destinationPath: String
  /// Address of the service, where it is not the provider's own.
  public var endpointURL: String?
  /// Authorities trusted besides the system's, as PEM.
  public var authorities: String?
  public var credentials: StoreCredentials

  public init(
    destinationPath: String, endpointURL: String? = nil, authorities: String? = nil, credentials: StoreCredentials
  ) {
    self.destinationPath = destinationPath
    self.endpointURL = endpointURL
    self.authorities = authorities
    self.credentials = credentials
  }
}

/// How we show who we are. Descriptions never contain the secret.
public enum StoreCredentials: Sendable, Equatable {
  /// A directory needs none.
  case none
  case azureConnectionString(String)
  case azureKey(account: String, key: String)
  case azureSharedAccess(account: String, signature: String)
  /// Workload identity where its variables are set, else the managed identity of the machine.
  case azureIdentity
  /// Service principal in the environment, workload identity, managed identity: the first that there is.
  case azureDefaultChain
  case s3Keys(id: String, secret: String, sessionToken: String?, region: String?)
  /// Web identity where its variables are set, else the role of the machine.
  case s3Role(region: String?)
  /// A service account's key, as JSON.
  case googleKey(String)
  /// The machine's metadata server.
  case googleMetadata
}

extension StoreCredentials: CustomStringConvertible, CustomDebugStringConvertible {
  public var description: String {
    switch self {
    case .none: "no credentials"
    case .azureConnectionString: "a connection string of Azure"
    case .azureKey(let account, _): "the key of storage account \(account)"
    case .azureSharedAccess(let account, _): "a shared access signature for storage account \(account)"
    case .azureIdentity: "the pod's Azure identity"
    case .azureDefaultChain: "Azure's default chain of credentials"
    case .s3Keys(let id, _, _, _): "access key \(id)"
    case .s3Role: "the pod's AWS role"
    case .googleKey: "the key of a Google service account"
    case .googleMetadata: "the machine's Google service account"
    }
  }

  public var debugDescription: String { description }
}
