/// An object of the same namespace, by name.
public struct LocalObjectReference: Declared {
  @Field public var name: String?

  public init() {}

  public static func refine(_ schema: inout Schema) { schema.isAtomicMap = true }
}

/// An object anywhere.
public struct ObjectReference: Declared {
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Field public var name: String?
  @Field public var fieldPath: String?
  @Field public var namespace: String?
  @Field public var resourceVersion: String?
  @Field public var uid: String?

  public init() {}

  public static func refine(_ schema: inout Schema) { schema.isAtomicMap = true }
}

/// An object of any kind in the same namespace.
public struct TypedLocalObjectReference: Declared {
  @Required public var kind: String
  @Required public var name: String
  @Field public var apiGroup: String?

  public init() {}

  public static func refine(_ schema: inout Schema) { schema.isAtomicMap = true }
}

/// An object of any kind, perhaps in another namespace.
public struct TypedObjectReference: Declared {
  @Required public var kind: String
  @Required public var name: String
  @Field public var apiGroup: String?
  @Field public var namespace: String?

  public init() {}
}

/// A Secret in any namespace.
public struct SecretReference: Declared {
  @Field public var name: String?
  @Field public var namespace: String?

  public init() {}

  public static func refine(_ schema: inout Schema) { schema.isAtomicMap = true }
}
