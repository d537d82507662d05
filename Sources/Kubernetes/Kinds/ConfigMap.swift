public struct ConfigMap: APIObject {
  public static let resource = ResourceType(kind: "ConfigMap", plural: "configmaps", shortNames: ["cm"])
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Field public var data: [String: String]?
  @Field public var binaryData: [String: String]?
  @Field public var immutable: Bool?

  public init() {}
}
