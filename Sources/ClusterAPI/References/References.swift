import Kubernetes

/// The name of an object in the same namespace.
public struct LocalReference: Declared, Hashable {
  @Required("Name of the object.") public var name: String

  public init() {}
  public init(_ name: String) { self.name = name }

  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// One entry of a Secret in the same namespace.
public struct SecretKeyReference: Declared, Hashable {
  @Required("Name of the Secret.") public var name: String
  @Required("Key of the entry in the Secret.") public var key: String

  public init() {}
  public init(_ name: String, key: String) {
    self.name = name
    self.key = key
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(key)
  }
}

/// One entry of a ConfigMap in the same namespace.
public struct ConfigMapKeyReference: Declared {
  @Required("Name of the ConfigMap.") public var name: String
  @Required("Key of the entry in the ConfigMap.") public var key: String

  public init() {}
}

/// An object of a given kind in the same namespace.
public struct TypedReference: Declared {
  @Field("API group of the kind; empty for the core group.") public var apiGroup: String?
  @Required("Kind of the object.") public var kind: String
  @Required("Name of the object.") public var name: String

  public init() {}
}
