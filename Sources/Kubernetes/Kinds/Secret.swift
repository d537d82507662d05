/// Small confidential data. The values of `data` are Base64.
public struct Secret: APIObject {
  public static let resource = ResourceType(kind: "Secret", plural: "secrets")
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Defaulted("", "Opaque") public var type: String
  @Field public var data: [String: String]?
  @Field public var immutable: Bool?
  @Field public var stringData: [String: String]?

  public init() {}
}
