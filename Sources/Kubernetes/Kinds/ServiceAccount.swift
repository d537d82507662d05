/// Who a pod is to the API server.
public struct ServiceAccount: APIObject {
  public static let resource = ResourceType(kind: "ServiceAccount", plural: "serviceaccounts", shortNames: ["sa"])
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Field public var automountServiceAccountToken: Bool?
  @Field public var imagePullSecrets: [LocalObjectReference]?
  @Field("", .listMap("name"), .patchMerge(key: "name")) public var secrets: [ObjectReference]?

  public init() {}
}
