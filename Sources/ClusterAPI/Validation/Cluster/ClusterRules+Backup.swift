import Kubernetes

extension ClusterRules {
  private static let storePath = "spec.backup.barmanObjectStore"

  static func objectStore(_ cluster: Cluster) -> [FieldError] {
    guard let store = cluster.spec.backup?.barmanObjectStore else { return [] }
    let providers = [store.azureCredentials != nil, store.s3Credentials != nil, store.googleCredentials != nil]
    let allowed = "One and only one of azureCredentials, s3Credentials and googleCredentials are required"
    let count = providers.count { $0 }
    var errors: [FieldError] = []
    if let azure = store.azureCredentials { errors += self.azure(azure) }
    if let s3 = store.s3Credentials { errors += self.s3(s3) }
    if let google = store.googleCredentials { errors += self.google(google) }
    let address = destination(store, storePath)
    errors += address
    // What holds a secret is not shown.
    if address.contains(where: { $0.kind == .forbidden }) { return errors }
    // A directory is reached without credentials: ours, CloudNativePG knows none.
    let isDirectory = (try? StoreDestination(store.destinationPath))?.needsNoCredentials == true
    errors += .when(
      count == 0 && !isDirectory, .invalid(storePath, structure: store, "missing credentials. \(allowed)"))
    errors += .when(count > 1, .invalid(storePath, structure: store, "too many credentials. \(allowed)"))
    return errors
  }

  /// Of other clusters' stores only the address is looked at, as CloudNativePG does not look at them at all.
  static func externalObjectStores(_ cluster: Cluster) -> [FieldError] {
    (cluster.spec.externalClusters ?? []).enumerated().flatMap { index, external in
      external.barmanObjectStore.map { destination($0, "spec.externalClusters[\(index)].barmanObjectStore") } ?? []
    }
  }

  private static func destination(_ store: BarmanObjectStore, _ path: String) -> [FieldError] {
    let path = "\(path).destinationPath"
    // The schema refuses an empty one.
    guard !store.destinationPath.isEmpty else { return [] }
    do {
      _ = try StoreDestination(store.destinationPath)
      return []
    } catch {
      return [
        error.holdsSecret
          ? .forbidden(path, error.message) : .invalid(path, store.destinationPath, error.message)
      ]
    }
  }

  private static func azure(_ credentials: AzureCredentials) -> [FieldError] {
    let path = "\(storePath).azureCredentials"
    let ways = [
      credentials.storageKey != nil, credentials.storageSasToken != nil, credentials.inheritFromAzureAD == true,
      credentials.useDefaultAzureCredentials == true,
    ].count { $0 }
    if credentials.connectionString != nil {
      return .when(
        ways > 0 || credentials.storageAccount != nil,
        .invalid(
          path, structure: credentials,
          "when connection string is specified, the other parameters must be empty"))
    }
    let needsAccount = credentials.storageKey != nil || credentials.storageSasToken != nil
    return .when(
      ways != 1,
      .invalid(
        path, structure: credentials,
        "when connection string is not specified, one and only one of storage key, storage SAS token, "
          + "Azure AD authentication, or default Azure credentials is required"))
      + .when(
        needsAccount && credentials.storageAccount == nil,
        .invalid(
          path, structure: credentials,
          "storage account must be specified when using storage key or SAS token"))
  }

  private static func s3(_ credentials: S3Credentials) -> [FieldError] {
    let path = "\(storePath).awsCredentials"
    let hasID = credentials.accessKeyId != nil
    let hasKey = credentials.secretAccessKey != nil
    let inherits = credentials.inheritFromIAMRole == true
    return .when(
      hasID != hasKey,
      .invalid(
        path, structure: credentials,
        "when using AWS credentials both accessKeyId and secretAccessKey must be provided"))
      + .when(
        !hasID && !hasKey && !inherits,
        .invalid(path, structure: credentials, "at least one AWS authentication method should be supplied"))
      + .when(
        (hasID || hasKey) && inherits,
        .invalid(path, structure: credentials, "only one AWS authentication method should be supplied"))
  }

  private static func google(_ credentials: GoogleCredentials) -> [FieldError] {
    let path = "spec.backupConfiguration.googleCredentials"
    let inherits = credentials.gkeEnvironment == true
    return .when(
      !inherits && credentials.applicationCredentials == nil,
      .invalid(
        path, structure: credentials, "if gkeEnvironment is false, secret with credentials must be provided"))
      + .when(
        inherits && credentials.applicationCredentials != nil,
        .invalid(
          path, structure: credentials, "if gkeEnvironment is true, secret with credentials must not be provided"))
  }

  static func retentionPolicy(_ cluster: Cluster) -> [FieldError] {
    guard let policy = cluster.spec.backup?.retentionPolicy, !policy.isEmpty else { return [] }
    return .when(
      policy.wholeMatch(of: /[1-9][0-9]*[dwm]/) == nil,
      .invalid("spec.backup.retentionPolicy", policy, "not a valid retention policy"))
  }

  static func walArchivers(_ cluster: Cluster) -> [FieldError] {
    let archivers = (cluster.spec.plugins ?? []).filter { $0.enabled && $0.isWALArchiver }.map(\.name)
    return .when(
      !archivers.isEmpty && cluster.spec.backup?.barmanObjectStore != nil,
      .invalid(
        "spec.plugins", archivers, "Cannot enable a WAL archiver plugin when barmanObjectStore is configured"))
      + .when(
        archivers.count > 1,
        .invalid("spec.plugins", archivers, "Cannot enable more than one WAL archiver plugin"))
  }
}
