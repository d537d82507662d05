import Kubernetes

/// One resource in one version as it is served: built in, or defined by a CustomResourceDefinition.
struct ResourceDefinition: Sendable {
  /// Where the numbers of the `scale` subresource stand in an object.
  struct ScalePaths: Sendable, Hashable {
    var specReplicas: [String]
    var statusReplicas: [String]
    /// Where the label selector stands as a text; nil for built-in kinds, which have `spec.selector`.
    var selector: [String]?
  }

  var type: ResourceType
  var schema: Schema
  var hasStatus = false
  var scale: ScalePaths?
  /// Created and answered, never stored.
  var isTransient = false
  /// Subresources with a handler of their own: `log`, `exec`, `token`, …
  var otherSubresources: [String] = []
  var columns: [TableColumn] = TableColumn.nameAndAge
  /// What field selectors may ask for besides name and namespace, and where it stands.
  var selectable: [String: [String]] = [:]
  var isCustom = false
  /// The version that objects are stored in; answers carry the version that was asked for.
  var storedAPIVersion: String
  /// Whether stored objects may carry another version than this one.
  var hasOtherVersions = false
  var nameRule = NameRule.subdomain
  var strategy: any ResourceStrategy = PlainStrategy()
  /// What a client is told that uses a deprecated version.
  var deprecationWarning: String?

  init(_ type: ResourceType, schema: Schema) {
    self.type = type
    self.schema = schema
    storedAPIVersion = type.apiVersion
  }

  /// The store's name for the resource.
  var storeName: String { type.qualifiedPlural }

  func key(_ namespace: String?, _ name: String) -> StoreKey {
    StoreKey(storeName, namespace: type.isNamespaced ? namespace ?? "" : "", name: name)
  }

  func isSelectable(_ field: String) -> Bool {
    field == "metadata.name" || (field == "metadata.namespace" && type.isNamespaced) || selectable[field] != nil
  }

  var verbs: [String] {
    isTransient
      ? ["create"] : ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
  }

  var listKind: String { "\(type.kind)List" }
}

/// What a kind does beyond what its schema says. Every function is pure: an object in, an object out.
protocol ResourceStrategy: Sendable {
  /// Fills in what creation fills in, beyond the defaults that the schema declares.
  func prepareForCreate(_ object: inout JSON)
  /// Takes over what an update may not change.
  func prepareForUpdate(_ object: inout JSON, old: JSON)
  /// What is wrong with the object beyond its schema.
  func validate(_ object: JSON) -> [FieldError]
  /// What is wrong with the change from the old object to the new one.
  func validateUpdate(_ object: JSON, old: JSON) -> [FieldError]
  /// What the client should know about an object that is accepted all the same.
  func warnings(_ object: JSON) -> [String]
}

extension ResourceStrategy {
  func prepareForCreate(_ object: inout JSON) {}
  func prepareForUpdate(_ object: inout JSON, old: JSON) {}
  func validate(_ object: JSON) -> [FieldError] { [] }
  func validateUpdate(_ object: JSON, old: JSON) -> [FieldError] { [] }
  func warnings(_ object: JSON) -> [String] { [] }
}

struct PlainStrategy: ResourceStrategy {}
