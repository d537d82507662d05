import Kubernetes

/// Images of PostgreSQL by major version, for one namespace.
public struct ImageCatalog: APIObject {
  public static let resource = ResourceType(group: APIGroup.name, kind: "ImageCatalog", plural: "imagecatalogs")
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Required("The images.") public var spec: ImageCatalogSpec

  public init() {}
}

/// Images of PostgreSQL by major version, for all namespaces.
public struct ClusterImageCatalog: APIObject {
  public static let resource = ResourceType(
    group: APIGroup.name, kind: "ClusterImageCatalog", plural: "clusterimagecatalogs", namespaced: false)
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Required("The images.") public var spec: ImageCatalogSpec

  public init() {}
}

public struct ImageCatalogSpec: Declared {
  @Required(
    "Images of PostgreSQL, one a major version.", .minItems(1), .maxItems(8),
    .rule("self.all(e, self.filter(f, f.major == e.major).size() == 1)", "Images must have unique major versions"))
  public var images: [CatalogImage]
  @Field(
    "Images of other programs.", .maxItems(32), .listMap("key"),
    .rule("self.all(e, self.filter(f, f.key == e.key).size() == 1)", "Component image keys must be unique"))
  public var componentImages: [CatalogComponentImage]?

  public init() {}
}

public struct CatalogImage: Declared {
  @Required("Reference of the image.") public var image: String
  @Required("Major version of PostgreSQL in it.", .count, .minimum(10)) public var major: Int
  @Field("Extensions for it, from images of their own.", .listMap("name")) public var extensions: [ImageExtension]?

  public init() {}
}

public struct CatalogComponentImage: Declared {
  @Required("Name of the program.", .pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"), .maxLength(63)) public var key: String
  @Required("Reference of the image.") public var image: String

  public init() {}
}

/// A major version in an image catalog.
public struct ImageCatalogReference: Declared {
  @Required("API group of the catalog.") public var apiGroup: String
  @Required("`ImageCatalog` or `ClusterImageCatalog`.") public var kind: String
  @Required("Name of the catalog.") public var name: String
  @Required("Major version of PostgreSQL.", .count) public var major: Int

  public init() {}

  public static func refine(_ schema: inout Schema) {
    schema.rules += [
      Schema.Rule(
        "self.kind == 'ImageCatalog' || self.kind == 'ClusterImageCatalog'",
        message: "Only image catalogs are supported"),
      Schema.Rule("self.apiGroup == '\(APIGroup.name)'", message: "Only image catalogs are supported"),
    ]
  }
}

/// A program in an image catalog.
public struct ImageCatalogComponentReference: Declared {
  @Required("API group of the catalog.") public var apiGroup: String
  @Required("`ImageCatalog` or `ClusterImageCatalog`.") public var kind: String
  @Required("Name of the catalog.") public var name: String
  @Required("Name of the program.", .pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"), .maxLength(63)) public var key: String

  public init() {}

  public static func refine(_ schema: inout Schema) {
    schema.rules += [
      Schema.Rule(
        "self.kind == 'ImageCatalog' || self.kind == 'ClusterImageCatalog'",
        message: "Only ImageCatalog and ClusterImageCatalog are supported"),
      Schema.Rule("self.apiGroup == '\(APIGroup.name)'", message: "apiGroup must be \(APIGroup.name)"),
    ]
  }
}
