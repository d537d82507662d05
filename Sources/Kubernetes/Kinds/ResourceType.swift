/// A kind of object and where the API serves it.
public struct ResourceType: Sendable, Hashable {
  /// Empty for the core group.
  public var group: String
  public var version: String
  public var kind: String
  /// The plural in the path: `pods`.
  public var plural: String
  public var singular: String
  public var isNamespaced: Bool
  public var shortNames: [String]
  public var categories: [String]

  public init(
    group: String = "", version: String = "v1", kind: String, plural: String, singular: String? = nil,
    namespaced: Bool = true, shortNames: [String] = [], categories: [String] = []
  ) {
    self.group = group
    self.version = version
    self.kind = kind
    self.plural = plural
    self.singular = singular ?? kind.lowercased()
    self.isNamespaced = namespaced
    self.shortNames = shortNames
    self.categories = categories
  }

  /// `v1`, `apps/v1`: the text of an object's `apiVersion`.
  public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

  /// The path of a collection or, with a name, of one object.
  public func path(namespace: String? = nil, name: String? = nil, subresource: String? = nil) -> String {
    var path = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
    if isNamespaced, let namespace { path += "/namespaces/\(namespace)" }
    path += "/\(plural)"
    if let name { path += "/\(name)" }
    if let subresource { path += "/\(subresource)" }
    return path
  }
}

/// An object of the API as a typed value. Fields that it does not declare are not seen and not touched: changes are
/// written as patches.
public protocol APIObject: Declared {
  static var resource: ResourceType { get }
  var apiVersion: String? { get set }
  var kind: String? { get set }
  var metadata: ObjectMeta { get set }
}

extension APIObject {
  public var name: String { metadata.name ?? "" }
  public var namespace: String { metadata.namespace ?? "" }
  public var uid: String { metadata.uid ?? "" }
  public var labels: [String: String] { metadata.labels ?? [:] }
  public var annotations: [String: String] { metadata.annotations ?? [:] }
  public var isBeingDeleted: Bool { metadata.deletionTimestamp != nil }

  /// A new object with its type, name and namespace filled in.
  public static func named(_ name: String, in namespace: String? = nil, _ fill: (inout Self) -> Void = { _ in }) -> Self
  {
    var object = Self()
    object.apiVersion = resource.apiVersion
    object.kind = resource.kind
    object.metadata.name = name
    object.metadata.namespace = namespace
    fill(&object)
    return object
  }
}
