/// Asks who a token belongs to.
public struct TokenReview: APIObject {
  public static let resource = ResourceType(
    group: "authentication.k8s.io", kind: "TokenReview", plural: "tokenreviews", namespaced: false)
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Required public var spec: TokenReviewSpec
  @Field public var status: TokenReviewStatus?

  public init() {}
}

/// The token.
public struct TokenReviewSpec: Declared {
  @Field public var audiences: [String]?
  @Field public var token: String?

  public init() {}
}

/// Whose it is.
public struct TokenReviewStatus: Declared {
  @Field public var audiences: [String]?
  @Field public var authenticated: Bool?
  @Field public var error: String?
  @Field public var user: UserInfo?

  public init() {}
}

/// Somebody.
public struct UserInfo: Declared {
  @Field public var extra: [String: [String]]?
  @Field public var groups: [String]?
  @Field public var uid: String?
  @Field public var username: String?

  public init() {}
}

/// Asks who one is oneself.
public struct SelfSubjectReview: APIObject {
  public static let resource = ResourceType(
    group: "authentication.k8s.io", kind: "SelfSubjectReview", plural: "selfsubjectreviews", namespaced: false)
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Field public var status: SelfSubjectReviewStatus?

  public init() {}
}

/// Who one is.
public struct SelfSubjectReviewStatus: Declared {
  @Field public var userInfo: UserInfo?

  public init() {}
}
