/// Rights within a namespace.
public struct Role: APIObject {
  public static let resource = ResourceType(group: "rbac.authorization.k8s.io", kind: "Role", plural: "roles")
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Field public var rules: [PolicyRule]?

  public init() {}
}

/// Rights everywhere, or to be bound in a namespace.
public struct ClusterRole: APIObject {
  public static let resource = ResourceType(
    group: "rbac.authorization.k8s.io", kind: "ClusterRole", plural: "clusterroles", namespaced: false)
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Field public var aggregationRule: AggregationRule?
  @Field public var rules: [PolicyRule]?

  public init() {}
}

/// Verbs on resources.
public struct PolicyRule: Declared {
  @Field public var apiGroups: [String]?
  @Field public var nonResourceURLs: [String]?
  @Field public var resourceNames: [String]?
  @Field public var resources: [String]?
  @Required public var verbs: [String]

  public init() {}
}

/// Cluster roles whose rules this one collects.
public struct AggregationRule: Declared {
  @Field public var clusterRoleSelectors: [LabelSelector]?

  public init() {}
}

/// Gives a role's rights within a namespace.
public struct RoleBinding: APIObject {
  public static let resource = ResourceType(
    group: "rbac.authorization.k8s.io", kind: "RoleBinding", plural: "rolebindings")
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Required public var roleRef: RoleRef
  @Field public var subjects: [Subject]?

  public init() {}
}

/// Gives a cluster role's rights everywhere.
public struct ClusterRoleBinding: APIObject {
  public static let resource = ResourceType(
    group: "rbac.authorization.k8s.io", kind: "ClusterRoleBinding", plural: "clusterrolebindings", namespaced: false)
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Required public var roleRef: RoleRef
  @Field public var subjects: [Subject]?

  public init() {}
}

/// The role.
public struct RoleRef: Declared {
  @Required public var kind: String
  @Required public var name: String
  @Defaulted("", "rbac.authorization.k8s.io") public var apiGroup: String

  public init() {}

  public static func refine(_ schema: inout Schema) { schema.isAtomicMap = true }
}

/// Who gets the rights.
public struct Subject: Declared {
  @Required public var kind: String
  @Required public var name: String
  @Field public var apiGroup: String?
  @Field public var namespace: String?

  public init() {}

  public static func refine(_ schema: inout Schema) { schema.isAtomicMap = true }
}
