import Kubernetes

/// Labels and annotations that a Cluster hands down to everything made for it.
public struct InheritedMetadata: Declared {
  @Field("Labels to add to every object made for the cluster.") public var labels: [String: String]?
  @Field("Annotations to add to every object made for the cluster.") public var annotations: [String: String]?

  public init() {}
}

/// The metadata of an object made from a template.
public struct TemplateMetadata: Declared {
  @Field("Name of the object to make.") public var name: String?
  @Field("Labels of the object to make.") public var labels: [String: String]?
  @Field("Annotations of the object to make.") public var annotations: [String: String]?

  public init() {}
}

/// A Service made from a template.
public struct ServiceTemplate: Declared {
  @Field("Name, labels and annotations of the Service.") public var metadata: TemplateMetadata?
  @Field("Specification of the Service, as in the core API.") public var spec: ServiceSpec?

  public init() {}
}

/// A pod made from a template.
public struct PodTemplate: Declared {
  @Field("Labels and annotations of the pods.") public var metadata: TemplateMetadata?
  @Field("Specification of the pods, as in the core API.") public var spec: PodSpec?

  public init() {}
}

/// The ServiceAccount made for a cluster.
public struct ServiceAccountTemplate: Declared {
  @Required("Labels and annotations of the ServiceAccount, such as those of a cloud's workload identity.")
  public var metadata: TemplateMetadata

  public init() {}
}
