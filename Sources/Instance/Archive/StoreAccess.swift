import ClusterAPI
import Kubernetes
import ObjectStorage

/// What a manifest says of an object store, with the Secrets it names read.
struct StoreAccess: Sendable, Equatable {
  var configuration: StoreConfiguration
  /// Folder below the store's root.
  var server: String

  /// - Parameters:
  ///   - defaultServer: the folder where the manifest names none.
  ///   - authorities: an entry that goes before the manifest's own `endpointCA`.
  /// - Throws: ``InstanceProblem`` naming the Secret and the key that is missing; what the control plane throws.
  init(
    _ manifest: BarmanObjectStore, defaultServer: String, authorities: SecretKeyReference? = nil,
    from controlPlane: some ControlPlane
  ) async throws {
    server = manifest.serverName.flatMap { $0.isEmpty ? nil : $0 } ?? defaultServer
    var certificates: String?
    if let reference = authorities ?? manifest.endpointCA {
      certificates = try await controlPlane.text(reference, purpose: "the authorities of the object store")
    }
    configuration = StoreConfiguration(
      destinationPath: manifest.destinationPath, endpointURL: manifest.endpointURL, authorities: certificates,
      credentials: try await Self.credentials(manifest, controlPlane))
  }

  private static func credentials(
    _ manifest: BarmanObjectStore, _ controlPlane: some ControlPlane
  ) async throws -> StoreCredentials {
    if let azure = manifest.azureCredentials { return try await credentials(azure, controlPlane) }
    if let s3 = manifest.s3Credentials { return try await credentials(s3, controlPlane) }
    if let google = manifest.googleCredentials {
      guard let key = google.applicationCredentials else { return .googleMetadata }
      return .googleKey(try await controlPlane.text(key, purpose: "the key of the Google service account"))
    }
    return .none
  }

  private static func credentials(
    _ azure: AzureCredentials, _ controlPlane: some ControlPlane
  ) async throws -> StoreCredentials {
    if let connection = azure.connectionString {
      return .azureConnectionString(try await controlPlane.text(connection, purpose: "Azure's connection string"))
    }
    if azure.inheritFromAzureAD == true { return .azureIdentity }
    if azure.useDefaultAzureCredentials == true { return .azureDefaultChain }
    guard let name = azure.storageAccount else {
      throw InstanceProblem.invalidConfiguration(
        "azureCredentials.storageAccount is missing: a key or a shared access signature belongs to an account.")
    }
    let account = try await controlPlane.text(name, purpose: "the name of the storage account")
    if let key = azure.storageKey {
      return .azureKey(
        account: account, key: try await controlPlane.text(key, purpose: "the key of the storage account"))
    }
    guard let signature = azure.storageSasToken else {
      throw InstanceProblem.invalidConfiguration(
        "azureCredentials names an account and no way to use it: give storageKey or storageSasToken.")
    }
    return .azureSharedAccess(
      account: account, signature: try await controlPlane.text(signature, purpose: "the shared access signature"))
  }

  private static func credentials(
    _ s3: S3Credentials, _ controlPlane: some ControlPlane
  ) async throws -> StoreCredentials {
    let region = try await controlPlane.text(optional: s3.region, purpose: "the region of the bucket")
    guard let id = s3.accessKeyId, let secret = s3.secretAccessKey else { return .s3Role(region: region) }
    return .s3Keys(
      id: try await controlPlane.text(id, purpose: "the id of the access key"),
      secret: try await controlPlane.text(secret, purpose: "the access key"),
      sessionToken: try await controlPlane.text(optional: s3.sessionToken, purpose: "the token of the session"),
      region: region)
  }
}

extension ControlPlane {
  /// An entry of a Secret as text, without the line's end that editors leave.
  fileprivate func text(_ reference: SecretKeyReference, purpose: String) async throws -> String {
    let text = try await requiredSecret(reference.name, purpose: purpose).text(reference.key)
    return text.last?.isNewline == true ? String(text.dropLast()) : text
  }

  fileprivate func text(optional reference: SecretKeyReference?, purpose: String) async throws -> String? {
    guard let reference else { return nil }
    return try await text(reference, purpose: purpose)
  }
}
