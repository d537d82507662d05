/// The answer of the API server when there is no object to return.
public struct Status: Declared {
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Field public var metadata: ListMeta?
  @Field public var status: String?
  @Field public var code: Int?
  @Field public var details: StatusDetails?
  @Field public var message: String?
  @Field public var reason: String?

  public init() {}
}

/// Which object, and more about why.
public struct StatusDetails: Declared {
  @Field public var kind: String?
  @Field public var name: String?
  @Field public var causes: [StatusCause]?
  @Field public var group: String?
  @Field public var retryAfterSeconds: Int?
  @Field public var uid: String?

  public init() {}
}

/// One of several reasons.
public struct StatusCause: Declared {
  @Field public var field: String?
  @Field public var message: String?
  @Field public var reason: String?

  public init() {}
}

/// What a list carries about itself.
public struct ListMeta: Declared {
  @Field public var `continue`: String?
  @Field public var remainingItemCount: Int?
  @Field public var resourceVersion: String?
  @Field public var selfLink: String?

  public init() {}
}
