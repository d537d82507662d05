import Kubernetes

/// Which object: the resource by plural and group (`pods`, `deployments.apps`), the namespace (empty for objects
/// of the cluster) and the name.
public struct StoreKey: Hashable, Sendable, CustomStringConvertible {
  public var resource: String
  public var namespace: String
  public var name: String

  public init(_ resource: String, namespace: String = "", name: String) {
    self.resource = resource
    self.namespace = namespace
    self.name = name
  }

  public var description: String {
    namespace.isEmpty ? "\(resource) \"\(name)\"" : "\(resource) \"\(name)\" in namespace \"\(namespace)\""
  }

  var place: Place { Place(namespace: namespace, name: name) }

  /// Where an object stands among those of its resource: lists are in the order of namespace, then name.
  struct Place: Hashable, Comparable, Sendable {
    var namespace: String
    var name: String

    static func < (left: Self, right: Self) -> Bool {
      left.namespace == right.namespace ? left.name < right.name : left.namespace < right.namespace
    }
  }
}

/// An object as the store holds it: its serialized text, which answers reads as it is, and the few values that
/// selectors ask for, so that selecting needs no parsing.
public final class StoredObject: Sendable {
  public let key: StoreKey
  public let uid: String
  /// The revision of the write that made it, which `metadata.resourceVersion` in the text repeats.
  public let revision: Int64
  public let body: [UInt8]
  public let labels: [String: String]
  /// What field selectors of this resource may ask for, `spec.nodeName` for example.
  public let fields: [String: String]

  init(
    key: StoreKey, uid: String, revision: Int64, body: [UInt8], labels: [String: String], fields: [String: String]
  ) {
    self.key = key
    self.uid = uid
    self.revision = revision
    self.body = body
    self.labels = labels
    self.fields = fields
  }

  /// The object's value.
  ///
  /// - Throws: ``StoreError/damaged(_:)`` where the text is not JSON, which only a damaged file can cause.
  public func value() throws(StoreError) -> JSON {
    do {
      return try JSON(parsing: body)
    } catch {
      throw .damaged("\(key) is not readable: \(error)")
    }
  }
}

/// A change of one object, in the order of revisions.
public struct StoreEvent: Sendable {
  public enum Kind: Sendable { case added, modified, deleted }
  public let kind: Kind
  public let revision: Int64
  /// The object after the change; for a deletion its last state, carrying the revision of the deletion.
  public let object: StoredObject
  /// The object before the change; nil where it is new.
  public let previous: StoredObject?
}
