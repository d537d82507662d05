import Kubernetes

/// A volume of each instance.
public struct StorageConfiguration: Declared {
  @Field("Storage class; it takes precedence over the template's.") public var storageClass: String?
  @Field("Size of the volume as a quantity such as `10Gi`; it takes precedence over the template's and cannot shrink.")
  public var size: String?
  @Defaulted("Whether volumes in use grow with `size`; the setting of `storage` goes for all volumes.", true)
  public var resizeInUseVolumes: Bool
  @Field("Specification of the PersistentVolumeClaims, as in the core API.") public var pvcTemplate:
    PersistentVolumeClaimSpec?

  public init() {}
}

/// A tablespace on a volume of its own.
public struct TablespaceConfiguration: Declared {
  @Required("Name of the tablespace.") public var name: String
  @Required("Its volume.") public var storage: StorageConfiguration
  @Field("Role that owns it; the application's owner when absent.") public var owner: TablespaceOwner?
  @Defaulted("Whether PostgreSQL puts temporary tables and files there.", false) public var temporary: Bool

  public init() {}
}

public struct TablespaceOwner: Declared {
  @Field("Name of the role.") public var name: String?

  public init() {}
}

/// Size limits of the volumes that live as long as their pod.
public struct EphemeralVolumesSizeLimit: Declared {
  @Field("Size of /dev/shm.") public var shm: Quantity?
  @Field("Size of the volume for temporary data.") public var temporaryData: Quantity?

  public init() {}
}
