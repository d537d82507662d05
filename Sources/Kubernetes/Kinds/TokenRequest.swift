/// Asks for a token of a service account.
public struct TokenRequest: APIObject {
  public static let resource = ResourceType(
    group: "authentication.k8s.io", kind: "TokenRequest", plural: "tokenrequests")
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Required public var spec: TokenRequestSpec
  @Field public var status: TokenRequestStatus?

  public init() {}
}

/// For whom, and for how long.
public struct TokenRequestSpec: Declared {
  @Required public var audiences: [String]
  @Field public var boundObjectRef: BoundObjectReference?
  @Defaulted("", 3600) public var expirationSeconds: Int

  public init() {}
}

/// The object whose end invalidates the token.
public struct BoundObjectReference: Declared {
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Field public var name: String?
  @Field public var uid: String?

  public init() {}
}

/// The token.
public struct TokenRequestStatus: Declared {
  @Required public var expirationTimestamp: String
  @Required public var token: String

  public init() {}
}
