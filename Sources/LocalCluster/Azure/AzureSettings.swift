/// Where the Azure-compatible service of the control plane listens, and what stands in it from the start.
public struct AzureSettings: Sendable {
  /// One address for blobs, tokens and the proxy by which pods find both.
  public var address: String
  /// Blobs without TLS in the form of emulators (`http://ADDRESS:PORT/ACCOUNT/…`), and the proxy (CONNECT). 0 takes any.
  public var port: Int
  /// Blobs in that form and tokens with TLS.
  public var securePort: Int
  /// Blobs, secrets and federated credentials: `STATE/azure`.
  public var directory: String
  /// The network of the control plane, pods and services, where the proxy connects nobody to: `127.64.0.0/16`.
  public var ownNetwork: String

  public init(address: String, port: Int, securePort: Int, directory: String, ownNetwork: String) {
    self.address = address
    self.port = port
    self.securePort = securePort
    self.directory = directory
    self.ownNetwork = ownNetwork
  }

  /// The storage account that there is.
  public static let account = "matriarchdemo"
  /// The container that the reader of the guide has made there.
  public static let container = "backups"
  /// The user-assigned managed identity that credentials are federated with; it may do anything with blobs.
  public static let clientID = "00000000-0000-0000-0000-000000000000"
  public static let tenantID = "4d617472-6961-4263-8048-656c6f6e0001"

  /// Where tokens are issued, by the proxy's account: the sign-in host of Azure Germany, which was closed in 2021. Sign-in
  /// libraries know it and ask nobody else whether it is one (MSAL's instance discovery), and nobody needs the real one.
  public static let authorityHost = "login.microsoftonline.de"

  /// The host of an account's blobs.
  static func blobHost(_ account: String) -> String { "\(account).blob.core.windows.net" }
}
