/// Several sources in one directory.
public struct ProjectedVolumeSource: Declared {
  @Defaulted("", 0o644) public var defaultMode: Int
  @Field public var sources: [VolumeProjection]?

  public init() {}
}

/// One of them; exactly one member.
public struct VolumeProjection: Declared {
  @Field public var clusterTrustBundle: JSON?
  @Field public var configMap: ConfigMapProjection?
  @Field public var downwardAPI: DownwardAPIProjection?
  @Field public var podCertificate: JSON?
  @Field public var secret: SecretProjection?
  @Field public var serviceAccountToken: ServiceAccountTokenProjection?

  public init() {}
}

/// The keys of a Secret as files.
public struct SecretProjection: Declared {
  @Field public var name: String?
  @Field public var items: [KeyToPath]?
  @Field public var optional: Bool?

  public init() {}
}

/// The keys of a ConfigMap as files.
public struct ConfigMapProjection: Declared {
  @Field public var name: String?
  @Field public var items: [KeyToPath]?
  @Field public var optional: Bool?

  public init() {}
}

/// A token of the pod's service account, renewed by the kubelet.
public struct ServiceAccountTokenProjection: Declared {
  @Field public var audience: String?
  @Defaulted("", 3600) public var expirationSeconds: Int
  @Required public var path: String

  public init() {}
}

/// Fields of the pod as files.
public struct DownwardAPIVolumeSource: Declared {
  @Defaulted("", 0o644) public var defaultMode: Int
  @Field public var items: [DownwardAPIVolumeFile]?

  public init() {}
}

/// Fields of the pod as files.
public struct DownwardAPIProjection: Declared {
  @Field public var items: [DownwardAPIVolumeFile]?

  public init() {}
}

/// One such file.
public struct DownwardAPIVolumeFile: Declared {
  @Field public var fieldRef: ObjectFieldSelector?
  @Field public var mode: Int?
  @Required public var path: String
  @Field public var resourceFieldRef: ResourceFieldSelector?

  public init() {}
}
