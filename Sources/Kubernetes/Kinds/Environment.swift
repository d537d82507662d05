/// A variable of the environment.
public struct EnvVar: Declared {
  @Required public var name: String
  @Field public var value: String?
  @Field public var valueFrom: EnvVarSource?

  public init() {}
}

/// Where a variable's value comes from; exactly one member.
public struct EnvVarSource: Declared {
  @Field public var configMapKeyRef: ConfigMapKeySelector?
  @Field public var fieldRef: ObjectFieldSelector?
  @Field public var fileKeyRef: JSON?
  @Field public var resourceFieldRef: ResourceFieldSelector?
  @Field public var secretKeyRef: SecretKeySelector?

  public init() {}
}

/// A field of the pod.
public struct ObjectFieldSelector: Declared {
  @Defaulted("", "v1") public var apiVersion: String
  @Required public var fieldPath: String

  public init() {}

  public static func refine(_ schema: inout Schema) { schema.isAtomicMap = true }
}

/// A resource of a container.
public struct ResourceFieldSelector: Declared {
  @Field public var containerName: String?
  @Defaulted("", Quantity(0)) public var divisor: Quantity
  @Required public var resource: String

  public init() {}

  public static func refine(_ schema: inout Schema) { schema.isAtomicMap = true }
}

/// A key of a ConfigMap.
public struct ConfigMapKeySelector: Declared {
  @Field public var name: String?
  @Required public var key: String
  @Field public var optional: Bool?

  public init() {}

  public static func refine(_ schema: inout Schema) { schema.isAtomicMap = true }
}

/// A key of a Secret.
public struct SecretKeySelector: Declared {
  @Field public var name: String?
  @Required public var key: String
  @Field public var optional: Bool?

  public init() {}

  public static func refine(_ schema: inout Schema) { schema.isAtomicMap = true }
}

/// All keys of a ConfigMap or Secret as variables.
public struct EnvFromSource: Declared {
  @Field public var configMapRef: ConfigMapEnvSource?
  @Field public var prefix: String?
  @Field public var secretRef: SecretEnvSource?

  public init() {}
}

/// The ConfigMap of an `envFrom`.
public struct ConfigMapEnvSource: Declared {
  @Field public var name: String?
  @Field public var optional: Bool?

  public init() {}
}

/// The Secret of an `envFrom`.
public struct SecretEnvSource: Declared {
  @Field public var name: String?
  @Field public var optional: Bool?

  public init() {}
}
