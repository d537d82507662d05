/// A piece of storage.
public struct PersistentVolume: APIObject {
  public static let resource = ResourceType(
    kind: "PersistentVolume", plural: "persistentvolumes", namespaced: false, shortNames: ["pv"])
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Field public var spec: PersistentVolumeSpec?
  @Field public var status: PersistentVolumeStatus?

  public init() {}
}

/// Where the storage is and who has it.
public struct PersistentVolumeSpec: Declared {
  @Field public var accessModes: [String]?
  @Field public var awsElasticBlockStore: JSON?
  @Field public var azureDisk: JSON?
  @Field public var azureFile: JSON?
  @Field public var capacity: [String: Quantity]?
  @Field public var cephfs: JSON?
  @Field public var cinder: JSON?
  @Field public var claimRef: ObjectReference?
  @Field public var csi: CSIPersistentVolumeSource?
  @Field public var fc: JSON?
  @Field public var flexVolume: JSON?
  @Field public var flocker: JSON?
  @Field public var gcePersistentDisk: JSON?
  @Field public var glusterfs: JSON?
  @Field public var hostPath: HostPathVolumeSource?
  @Field public var iscsi: JSON?
  @Field public var local: LocalVolumeSource?
  @Field public var mountOptions: [String]?
  @Field public var nfs: JSON?
  @Field public var nodeAffinity: VolumeNodeAffinity?
  @Defaulted("", "Retain", .oneOf("Delete", "Recycle", "Retain")) public var persistentVolumeReclaimPolicy: String
  @Field public var photonPersistentDisk: JSON?
  @Field public var portworxVolume: JSON?
  @Field public var quobyte: JSON?
  @Field public var rbd: JSON?
  @Field public var scaleIO: JSON?
  @Field public var storageClassName: String?
  @Field public var storageos: JSON?
  @Field public var volumeAttributesClassName: String?
  @Defaulted("", "Filesystem", .oneOf("Block", "Filesystem")) public var volumeMode: String
  @Field public var vsphereVolume: JSON?

  public init() {}
}

/// A directory or device of one node.
public struct LocalVolumeSource: Declared {
  @Field public var fsType: String?
  @Required public var path: String

  public init() {}
}

/// A volume of a storage driver.
public struct CSIPersistentVolumeSource: Declared {
  @Field public var controllerExpandSecretRef: SecretReference?
  @Field public var controllerPublishSecretRef: SecretReference?
  @Required public var driver: String
  @Field public var fsType: String?
  @Field public var nodeExpandSecretRef: SecretReference?
  @Field public var nodePublishSecretRef: SecretReference?
  @Field public var nodeStageSecretRef: SecretReference?
  @Field public var readOnly: Bool?
  @Field public var volumeAttributes: [String: String]?
  @Required public var volumeHandle: String

  public init() {}
}

/// The nodes that can reach it.
public struct VolumeNodeAffinity: Declared {
  @Field public var required: NodeSelector?

  public init() {}
}

/// Whether it is bound.
public struct PersistentVolumeStatus: Declared {
  @Field public var lastPhaseTransitionTime: String?
  @Field public var message: String?
  @Field public var phase: String?
  @Field public var reason: String?

  public init() {}
}
