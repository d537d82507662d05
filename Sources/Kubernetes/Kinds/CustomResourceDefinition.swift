/// A kind of object that is not built in.
public struct CustomResourceDefinition: APIObject {
  public static let resource = ResourceType(
    group: "apiextensions.k8s.io", kind: "CustomResourceDefinition", plural: "customresourcedefinitions",
    namespaced: false, shortNames: ["crd", "crds"], categories: ["api-extensions"])
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Required public var spec: CustomResourceDefinitionSpec
  @Field public var status: CustomResourceDefinitionStatus?

  public init() {}
}

/// Its names and versions.
public struct CustomResourceDefinitionSpec: Declared {
  @Defaulted("", CustomResourceConversion()) public var conversion: CustomResourceConversion
  @Required public var group: String
  @Required public var names: CustomResourceDefinitionNames
  @Field public var preserveUnknownFields: Bool?
  @Required("", .oneOf("Cluster", "Namespaced")) public var scope: String
  @Required public var versions: [CustomResourceDefinitionVersion]

  public init() {}
}

/// What it is called.
public struct CustomResourceDefinitionNames: Declared {
  @Required public var kind: String
  @Field public var categories: [String]?
  @Field public var listKind: String?
  @Required public var plural: String
  @Field public var shortNames: [String]?
  @Field public var singular: String?

  public init() {}
}

/// One version of it.
public struct CustomResourceDefinitionVersion: Declared {
  @Required public var name: String
  @Field public var additionalPrinterColumns: [CustomResourceColumnDefinition]?
  @Field public var deprecated: Bool?
  @Field public var deprecationWarning: String?
  @Field public var schema: CustomResourceValidation?
  @Field public var selectableFields: [SelectableField]?
  @Required public var served: Bool
  @Required public var storage: Bool
  @Field public var subresources: CustomResourceSubresources?

  public init() {}
}

/// Its schema.
public struct CustomResourceValidation: Declared {
  @Field public var openAPIV3Schema: JSON?

  public init() {}
}

/// Its subresources.
public struct CustomResourceSubresources: Declared {
  @Field public var status: JSON?
  @Field public var scale: CustomResourceSubresourceScale?

  public init() {}
}

/// Where the numbers of its `scale` are.
public struct CustomResourceSubresourceScale: Declared {
  @Field public var labelSelectorPath: String?
  @Required public var specReplicasPath: String
  @Required public var statusReplicasPath: String

  public init() {}
}

/// A column that `kubectl get` prints.
public struct CustomResourceColumnDefinition: Declared {
  @Required public var name: String
  @Required public var type: String
  @Field public var description: String?
  @Field public var format: String?
  @Required public var jsonPath: String
  @Field("", .format("int32")) public var priority: Int?

  public init() {}
}

/// A field that field selectors may name.
public struct SelectableField: Declared {
  @Required public var jsonPath: String

  public init() {}
}

/// How one version becomes another.
public struct CustomResourceConversion: Declared {
  @Defaulted("", "None", .oneOf("None", "Webhook")) public var strategy: String
  @Field public var webhook: JSON?

  public init() {}
}

/// Whether it is served.
public struct CustomResourceDefinitionStatus: Declared {
  @Field public var acceptedNames: CustomResourceDefinitionNames?
  @Field("", .listMap("type")) public var conditions: [CustomResourceDefinitionCondition]?
  @Field public var storedVersions: [String]?

  public init() {}
}

/// One aspect of a definition's state.
public struct CustomResourceDefinitionCondition: Declared {
  @Required public var status: String
  @Required public var type: String
  @Field public var lastTransitionTime: String?
  @Field public var message: String?
  @Field public var reason: String?

  public init() {}
}
