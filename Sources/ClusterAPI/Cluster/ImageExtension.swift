import Kubernetes

/// An extension mounted from an image of its own.
public struct ImageExtension: Declared {
  @Required(
    "Name of the extension, which also names its volume.", .minLength(1), .maxLength(59),
    .pattern("^[a-z0-9]([-a-z0-9_]*[a-z0-9])?$"))
  public var name: String
  @Field("Image with the extension; the catalog's when absent.") public var image: ImageVolume?
  // The field's name in the API.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  @Field("Folders of the image for the parameter of this name; `share` when absent.")
  public var extension_control_path: [String]?
  // The field's name in the API.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  @Field("Folders of the image for the parameter of this name; `lib` when absent.")
  public var dynamic_library_path: [String]?
  // The field's name in the API.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  @Field("Folders of the image to add to LD_LIBRARY_PATH.") public var ld_library_path: [String]?
  // The field's name in the API.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  @Field("Folders of the image to add to PATH.") public var bin_path: [String]?
  @Field("Environment variables for PostgreSQL; `${image_root}` stands for the folder of the image.", .listMap("name"))
  public var env: [ImageExtensionVariable]?

  public init() {}
}

public struct ImageVolume: Declared {
  @Field("Reference of the image.") public var reference: String?
  @Field("When nodes pull it: `Always`, `IfNotPresent` or `Never`.") public var pullPolicy: String?

  public init() {}
}

public struct ImageExtensionVariable: Declared {
  @Required("Name of the variable.", .minLength(1), .pattern("^[a-zA-Z_][a-zA-Z0-9_]*$")) public var name: String
  @Required("Value of the variable.", .minLength(1)) public var value: String

  public init() {}
}
