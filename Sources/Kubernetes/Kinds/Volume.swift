/// A directory that containers of the pod mount; exactly one source.
public struct Volume: Declared {
  @Required public var name: String
  @Field public var awsElasticBlockStore: JSON?
  @Field public var azureDisk: JSON?
  @Field public var azureFile: JSON?
  @Field public var cephfs: JSON?
  @Field public var cinder: JSON?
  @Field public var configMap: ConfigMapVolumeSource?
  @Field public var csi: JSON?
  @Field public var downwardAPI: DownwardAPIVolumeSource?
  @Field public var emptyDir: EmptyDirVolumeSource?
  @Field public var ephemeral: EphemeralVolumeSource?
  @Field public var fc: JSON?
  @Field public var flexVolume: JSON?
  @Field public var flocker: JSON?
  @Field public var gcePersistentDisk: JSON?
  @Field public var gitRepo: JSON?
  @Field public var glusterfs: JSON?
  @Field public var hostPath: HostPathVolumeSource?
  @Field public var image: JSON?
  @Field public var iscsi: JSON?
  @Field public var nfs: JSON?
  @Field public var persistentVolumeClaim: PersistentVolumeClaimVolumeSource?
  @Field public var photonPersistentDisk: JSON?
  @Field public var portworxVolume: JSON?
  @Field public var projected: ProjectedVolumeSource?
  @Field public var quobyte: JSON?
  @Field public var rbd: JSON?
  @Field public var scaleIO: JSON?
  @Field public var secret: SecretVolumeSource?
  @Field public var storageos: JSON?
  @Field public var vsphereVolume: JSON?

  public init() {}
}

/// A directory that lives as long as the pod.
public struct EmptyDirVolumeSource: Declared {
  @Field public var medium: String?
  @Field public var sizeLimit: Quantity?

  public init() {}
}

/// A directory of the node.
public struct HostPathVolumeSource: Declared {
  @Defaulted("", "") public var type: String
  @Required public var path: String

  public init() {}
}

/// The keys of a Secret as files.
public struct SecretVolumeSource: Declared {
  @Defaulted("", 0o644) public var defaultMode: Int
  @Field public var items: [KeyToPath]?
  @Field public var optional: Bool?
  @Field public var secretName: String?

  public init() {}
}

/// The keys of a ConfigMap as files.
public struct ConfigMapVolumeSource: Declared {
  @Field public var name: String?
  @Defaulted("", 0o644) public var defaultMode: Int
  @Field public var items: [KeyToPath]?
  @Field public var optional: Bool?

  public init() {}
}

/// A key and the file it becomes.
public struct KeyToPath: Declared {
  @Required public var key: String
  @Field public var mode: Int?
  @Required public var path: String

  public init() {}
}

/// A claim of the same namespace.
public struct PersistentVolumeClaimVolumeSource: Declared {
  @Required public var claimName: String
  @Field public var readOnly: Bool?

  public init() {}
}

/// A claim made for this pod and deleted with it.
public struct EphemeralVolumeSource: Declared {
  @Field public var volumeClaimTemplate: PersistentVolumeClaimTemplate?

  public init() {}
}

/// What that claim is made from.
public struct PersistentVolumeClaimTemplate: Declared {
  @Field public var metadata: ObjectMeta?
  @Required public var spec: PersistentVolumeClaimSpec

  public init() {}
}
