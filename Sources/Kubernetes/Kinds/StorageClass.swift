/// A way to provision volumes.
public struct StorageClass: APIObject {
  public static let resource = ResourceType(
    group: "storage.k8s.io", kind: "StorageClass", plural: "storageclasses", namespaced: false, shortNames: ["sc"])
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Field public var allowVolumeExpansion: Bool?
  @Field public var allowedTopologies: [TopologySelectorTerm]?
  @Field public var mountOptions: [String]?
  @Field public var parameters: [String: String]?
  @Required("", .minLength(1)) public var provisioner: String
  @Defaulted("", "Delete", .oneOf("Delete", "Retain")) public var reclaimPolicy: String
  @Defaulted("", "Immediate", .oneOf("Immediate", "WaitForFirstConsumer")) public var volumeBindingMode: String

  public init() {}
}

/// Where volumes may be provisioned.
public struct TopologySelectorTerm: Declared {
  @Field public var matchLabelExpressions: [TopologySelectorLabelRequirement]?

  public init() {}

  public static func refine(_ schema: inout Schema) { schema.isAtomicMap = true }
}

/// The values that a topology label may have.
public struct TopologySelectorLabelRequirement: Declared {
  @Required public var key: String
  @Required public var values: [String]

  public init() {}
}
