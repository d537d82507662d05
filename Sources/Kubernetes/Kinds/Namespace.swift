/// A room for names.
public struct Namespace: APIObject {
  public static let resource = ResourceType(
    kind: "Namespace", plural: "namespaces", namespaced: false, shortNames: ["ns"])
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Field public var spec: NamespaceSpec?
  @Field public var status: NamespaceStatus?

  public init() {}
}

/// Who must agree to its deletion.
public struct NamespaceSpec: Declared {
  @Field public var finalizers: [String]?

  public init() {}
}

/// Whether it is being deleted.
public struct NamespaceStatus: Declared {
  @Field("", .listMap("type"), .patchMerge(key: "type")) public var conditions: [NamespaceCondition]?
  @Field public var phase: String?

  public init() {}
}

/// One aspect of a namespace's state.
public struct NamespaceCondition: Declared {
  @Required public var status: String
  @Required public var type: String
  @Field public var lastTransitionTime: String?
  @Field public var message: String?
  @Field public var reason: String?

  public init() {}
}
