/// Users, groups and kernel settings of all containers of a pod.
public struct PodSecurityContext: Declared {
  @Field public var appArmorProfile: AppArmorProfile?
  @Field public var fsGroup: Int?
  @Field public var fsGroupChangePolicy: String?
  @Field public var runAsGroup: Int?
  @Field public var runAsNonRoot: Bool?
  @Field public var runAsUser: Int?
  @Field public var seLinuxChangePolicy: String?
  @Field public var seLinuxOptions: SELinuxOptions?
  @Field public var seccompProfile: SeccompProfile?
  @Field public var supplementalGroups: [Int]?
  @Field public var supplementalGroupsPolicy: String?
  @Field public var sysctls: [Sysctl]?
  @Field public var windowsOptions: JSON?

  public init() {}
}

/// Users and privileges of one container.
public struct SecurityContext: Declared {
  @Field public var allowPrivilegeEscalation: Bool?
  @Field public var appArmorProfile: AppArmorProfile?
  @Field public var capabilities: Capabilities?
  @Field public var privileged: Bool?
  @Field public var procMount: String?
  @Field public var readOnlyRootFilesystem: Bool?
  @Field public var runAsGroup: Int?
  @Field public var runAsNonRoot: Bool?
  @Field public var runAsUser: Int?
  @Field public var seLinuxOptions: SELinuxOptions?
  @Field public var seccompProfile: SeccompProfile?
  @Field public var windowsOptions: JSON?

  public init() {}
}

/// Capabilities added to and taken from a container.
public struct Capabilities: Declared {
  @Field public var add: [String]?
  @Field public var drop: [String]?

  public init() {}
}

/// Which system calls are allowed.
public struct SeccompProfile: Declared {
  @Required public var type: String
  @Field public var localhostProfile: String?

  public init() {}
}

/// The AppArmor profile.
public struct AppArmorProfile: Declared {
  @Required public var type: String
  @Field public var localhostProfile: String?

  public init() {}
}

/// The SELinux label.
public struct SELinuxOptions: Declared {
  @Field public var type: String?
  @Field public var level: String?
  @Field public var role: String?
  @Field public var user: String?

  public init() {}
}

/// A kernel parameter.
public struct Sysctl: Declared {
  @Required public var name: String
  @Required public var value: String

  public init() {}
}
