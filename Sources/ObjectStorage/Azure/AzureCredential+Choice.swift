extension StoreCredentials {
  /// What the manifest's credentials come to. What can be known to be missing is known now.
  func azure(
    account: String, variables: [String: String], client: ServiceClient
  ) throws(ObjectStorageError) -> any AzureCredential {
    switch self {
    case .azureConnectionString(let text):
      let parsed = try AzureConnectionString(text)
      if let key = parsed.key { return try AzureSharedKey(account: parsed.account ?? account, key: key) }
      return try AzureSharedAccess(account: parsed.account ?? account, signature: parsed.signature ?? "")
    case .azureKey(let name, let key): return try AzureSharedKey(account: name, key: key)
    case .azureSharedAccess(let name, let signature): return try AzureSharedAccess(account: name, signature: signature)
    case .azureIdentity: return AzureBearer(try Self.identity(variables, client))
    case .azureDefaultChain:
      if let principal = try AzureServicePrincipal(variables, client: client) { return AzureBearer(principal) }
      return AzureBearer(try Self.identity(variables, client))
    case .none, .s3Keys, .s3Role, .googleKey, .googleMetadata:
      throw .credentials("\(self) cannot be used for Azure Blob Storage.")
    }
  }

  private static func identity(
    _ variables: [String: String], _ client: ServiceClient
  ) throws(ObjectStorageError) -> any AzureTokenSource {
    if variables["AZURE_FEDERATED_TOKEN_FILE"]?.isEmpty == false {
      return try AzureWorkloadIdentity(variables, client: client)
    }
    return try AzureManagedIdentity(variables, client: client)
  }
}
