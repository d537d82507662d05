/// A request for storage.
public struct PersistentVolumeClaim: APIObject {
  public static let resource = ResourceType(
    kind: "PersistentVolumeClaim", plural: "persistentvolumeclaims", shortNames: ["pvc"])
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Field public var spec: PersistentVolumeClaimSpec?
  @Field public var status: PersistentVolumeClaimStatus?

  public init() {}
}

/// How much storage, of which class.
public struct PersistentVolumeClaimSpec: Declared {
  @Field public var accessModes: [String]?
  @Field public var dataSource: TypedLocalObjectReference?
  @Field public var dataSourceRef: TypedObjectReference?
  @Field public var resources: VolumeResourceRequirements?
  @Field public var selector: LabelSelector?
  @Field public var storageClassName: String?
  @Field public var volumeAttributesClassName: String?
  @Defaulted("", "Filesystem", .oneOf("Block", "Filesystem")) public var volumeMode: String
  @Field public var volumeName: String?

  public init() {}
}

/// How much storage.
public struct VolumeResourceRequirements: Declared {
  @Field public var limits: [String: Quantity]?
  @Field public var requests: [String: Quantity]?

  public init() {}
}

/// The volume that the claim got.
public struct PersistentVolumeClaimStatus: Declared {
  @Field public var accessModes: [String]?
  @Field("", .refine { $0.isAtomicMap = false }) public var allocatedResourceStatuses: [String: String]?
  @Field public var allocatedResources: [String: Quantity]?
  @Field public var capacity: [String: Quantity]?
  @Field("", .listMap("type"), .patchMerge(key: "type")) public var conditions: [PersistentVolumeClaimCondition]?
  @Field public var currentVolumeAttributesClassName: String?
  @Field public var modifyVolumeStatus: ModifyVolumeStatus?
  @Field public var phase: String?

  public init() {}
}

/// One aspect of a claim's state.
public struct PersistentVolumeClaimCondition: Declared {
  @Required public var status: String
  @Required public var type: String
  @Field public var lastProbeTime: String?
  @Field public var lastTransitionTime: String?
  @Field public var message: String?
  @Field public var reason: String?

  public init() {}
}

/// How far a change of the volume's attributes is.
public struct ModifyVolumeStatus: Declared {
  @Required public var status: String
  @Field public var targetVolumeAttributesClassName: String?

  public init() {}
}
