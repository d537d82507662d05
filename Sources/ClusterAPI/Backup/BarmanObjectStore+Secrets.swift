/// The Secrets by which an object store is reached: whoever uses it has to be allowed to read them.
extension BarmanObjectStore {
  public var secretReferences: [SecretKeyReference] {
    [endpointCA].compactMap { $0 } + (s3Credentials?.secretReferences ?? [])
      + (azureCredentials?.secretReferences ?? []) + (googleCredentials?.secretReferences ?? [])
  }
}

extension BackupStatus {
  public var secretReferences: [SecretKeyReference] {
    [endpointCA].compactMap { $0 } + (s3Credentials?.secretReferences ?? [])
      + (azureCredentials?.secretReferences ?? []) + (googleCredentials?.secretReferences ?? [])
  }
}

extension S3Credentials {
  public var secretReferences: [SecretKeyReference] {
    [accessKeyId, secretAccessKey, region, sessionToken].compactMap { $0 }
  }
}

extension AzureCredentials {
  public var secretReferences: [SecretKeyReference] {
    [connectionString, storageAccount, storageKey, storageSasToken].compactMap { $0 }
  }
}

extension GoogleCredentials {
  public var secretReferences: [SecretKeyReference] { [applicationCredentials].compactMap { $0 } }
}
