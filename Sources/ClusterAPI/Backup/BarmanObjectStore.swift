import Kubernetes

/// An object store with base backups and write-ahead log in Barman's layout.
public struct BarmanObjectStore: Declared {
  @Required(
    "Where it is: `s3://bucket/path`, `gs://bucket/path`, `https://ACCOUNT.blob.core.windows.net/CONTAINER/path`, or "
      + "`file:///path`, a directory of the instances, which needs no credentials.",
    .minLength(1))
  public var destinationPath: String
  @Field("Folder of this server below destinationPath; the cluster's name (or the external cluster's) when absent.")
  public var serverName: String?
  @Field("Address of the store's API, for stores other than the providers' own.") public var endpointURL: String?
  @Field("Secret entry with the authorities of the store's certificate, as PEM.") public var endpointCA:
    SecretKeyReference?
  @Field("Credentials for S3.") public var s3Credentials: S3Credentials?
  @Field("Credentials for Azure Blob Storage.") public var azureCredentials: AzureCredentials?
  @Field("Credentials for Google Cloud Storage.") public var googleCredentials: GoogleCredentials?
  @Field("How write-ahead log is stored.") public var wal: WALArchiveConfiguration?
  @Field("How base backups are stored.") public var data: BaseBackupConfiguration?
  @Field("Tags of the objects.") public var tags: [String: String]?
  @Field("Tags of the timeline history files.") public var historyTags: [String: String]?

  public init() {}
}

/// Credentials for S3: a key pair, or the rights of the pod.
public struct S3Credentials: Declared {
  @Field("Secret entry with the access key's id.") public var accessKeyId: SecretKeyReference?
  @Field("Secret entry with the access key.") public var secretAccessKey: SecretKeyReference?
  @Field("Secret entry with the name of the region.") public var region: SecretKeyReference?
  @Field("Secret entry with the session's token.") public var sessionToken: SecretKeyReference?
  @Field("Whether the rights of the pod are used instead.") public var inheritFromIAMRole: Bool?

  public init() {}
}

/// Credentials for Azure: a connection string, an account with its key or token, or the rights of the pod.
public struct AzureCredentials: Declared {
  @Field("Secret entry with a connection string.") public var connectionString: SecretKeyReference?
  @Field("Secret entry with the storage account's name.") public var storageAccount: SecretKeyReference?
  @Field("Secret entry with the storage account's key.") public var storageKey: SecretKeyReference?
  @Field("Secret entry with a shared access signature.") public var storageSasToken: SecretKeyReference?
  @Field("Whether the pod's workload identity or managed identity is used.") public var inheritFromAzureAD: Bool?
  @Field("Whether Azure's default chain of credentials is tried.") public var useDefaultAzureCredentials: Bool?

  public init() {}
}

/// Credentials for Google: a service account's key, or the rights of the pod.
public struct GoogleCredentials: Declared {
  @Field("Secret entry with the service account's key, as JSON.") public var applicationCredentials: SecretKeyReference?
  @Field("Whether the rights of the pod are used instead.") public var gkeEnvironment: Bool?

  public init() {}
}

/// How write-ahead log is stored.
public struct WALArchiveConfiguration: Declared {
  @Field("Compression of the segments; none when absent.") public var compression: WALCompression?
  @Field("Encryption by the store; the bucket's setting when absent.") public var encryption: StoreEncryption?
  @Field("Segments to archive or fetch at the same time; 1 when absent.", .count, .minimum(1)) public var maxParallel:
    Int?
  @Field("More options for archiving.") public var archiveAdditionalCommandArgs: [String]?
  @Field("More options for fetching.") public var restoreAdditionalCommandArgs: [String]?

  public init() {}
}

/// How base backups are stored.
public struct BaseBackupConfiguration: Declared {
  @Field("Compression of the archives; none when absent.") public var compression: DataCompression?
  @Field("Encryption by the store; the bucket's setting when absent.") public var encryption: StoreEncryption?
  @Field("Parts to upload at the same time; 2 when absent.", .count, .minimum(1)) public var jobs: Int?
  @Field("Whether a backup begins with a fast checkpoint instead of a spread one.") public var immediateCheckpoint:
    Bool?
  @Field("More options for backups.") public var additionalCommandArgs: [String]?
  @Field("More options for restores.") public var restoreAdditionalCommandArgs: [String]?

  public init() {}
}

public enum WALCompression: String, SchemaType, CaseIterable { case gzip, bzip2, lz4, snappy, xz, zstd }

public enum DataCompression: String, SchemaType, CaseIterable { case gzip, bzip2, lz4, snappy }

public enum StoreEncryption: String, SchemaType, CaseIterable {
  case aes256 = "AES256"
  case kms = "aws:kms"
}
