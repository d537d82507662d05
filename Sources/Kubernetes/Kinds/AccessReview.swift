/// Asks whether somebody may do something.
public struct SubjectAccessReview: APIObject {
  public static let resource = ResourceType(
    group: "authorization.k8s.io", kind: "SubjectAccessReview", plural: "subjectaccessreviews", namespaced: false)
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Required public var spec: SubjectAccessReviewSpec
  @Field public var status: SubjectAccessReviewStatus?

  public init() {}
}

/// Who and what.
public struct SubjectAccessReviewSpec: Declared {
  @Field public var extra: [String: [String]]?
  @Field public var groups: [String]?
  @Field public var nonResourceAttributes: NonResourceAttributes?
  @Field public var resourceAttributes: ResourceAttributes?
  @Field public var uid: String?
  @Field public var user: String?

  public init() {}
}

/// Asks whether somebody may do something in one namespace.
public struct LocalSubjectAccessReview: APIObject {
  public static let resource = ResourceType(
    group: "authorization.k8s.io", kind: "LocalSubjectAccessReview", plural: "localsubjectaccessreviews")
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Required public var spec: SubjectAccessReviewSpec
  @Field public var status: SubjectAccessReviewStatus?

  public init() {}
}

/// Asks whether one may do something oneself.
public struct SelfSubjectAccessReview: APIObject {
  public static let resource = ResourceType(
    group: "authorization.k8s.io", kind: "SelfSubjectAccessReview", plural: "selfsubjectaccessreviews",
    namespaced: false)
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Field public var spec: SelfSubjectAccessReviewSpec?
  @Field public var status: SubjectAccessReviewStatus?

  public init() {}
}

/// What.
public struct SelfSubjectAccessReviewSpec: Declared {
  @Field public var nonResourceAttributes: NonResourceAttributes?
  @Field public var resourceAttributes: ResourceAttributes?

  public init() {}
}

/// A request for an object.
public struct ResourceAttributes: Declared {
  @Field public var name: String?
  @Field public var fieldSelector: JSON?
  @Field public var group: String?
  @Field public var labelSelector: JSON?
  @Field public var namespace: String?
  @Field public var resource: String?
  @Field public var subresource: String?
  @Field public var verb: String?
  @Field public var version: String?

  public init() {}
}

/// A request for a path.
public struct NonResourceAttributes: Declared {
  @Field public var path: String?
  @Field public var verb: String?

  public init() {}
}

/// The answer.
public struct SubjectAccessReviewStatus: Declared {
  @Required public var allowed: Bool
  @Field public var denied: Bool?
  @Field public var evaluationError: String?
  @Field public var reason: String?

  public init() {}
}

/// Asks for everything that one may do in a namespace.
public struct SelfSubjectRulesReview: APIObject {
  public static let resource = ResourceType(
    group: "authorization.k8s.io", kind: "SelfSubjectRulesReview", plural: "selfsubjectrulesreviews", namespaced: false)
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Required public var spec: SelfSubjectRulesReviewSpec
  @Field public var status: SubjectRulesReviewStatus?

  public init() {}
}

/// In which.
public struct SelfSubjectRulesReviewSpec: Declared {
  @Field public var namespace: String?

  public init() {}
}

/// The answer.
public struct SubjectRulesReviewStatus: Declared {
  @Field public var evaluationError: String?
  @Required public var incomplete: Bool
  @Required public var nonResourceRules: [NonResourceRule]
  @Required public var resourceRules: [ResourceRule]

  public init() {}
}

/// Verbs on resources.
public struct ResourceRule: Declared {
  @Field public var apiGroups: [String]?
  @Field public var resourceNames: [String]?
  @Field public var resources: [String]?
  @Required public var verbs: [String]

  public init() {}
}

/// Verbs on paths.
public struct NonResourceRule: Declared {
  @Field public var nonResourceURLs: [String]?
  @Required public var verbs: [String]

  public init() {}
}
