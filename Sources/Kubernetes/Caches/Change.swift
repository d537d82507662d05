/// What became of an object between two looks at it.
public enum Change<Object: APIObject>: Sendable, Equatable {
  case added(Object)
  /// Of several changes in a row the states before the first and after the last; the UIDs differ if the object was
  /// deleted and made anew in between.
  case updated(old: Object, new: Object)
  /// With the last state known.
  case deleted(Object)

  /// The newest state known.
  public var object: Object {
    switch self {
    case .added(let object), .updated(_, let object), .deleted(let object): object
    }
  }

  public var key: ObjectKey { ObjectKey(object) }
}

/// An object's place among those of its kind.
public struct ObjectKey: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// Empty for kinds without namespaces.
  public let namespace: String
  public let name: String

  public init(_ name: String, in namespace: String = "") {
    self.name = name
    self.namespace = namespace
  }

  public init(_ object: some APIObject) { self.init(object.name, in: object.namespace) }

  public static func < (left: Self, right: Self) -> Bool {
    (left.namespace, left.name) < (right.namespace, right.name)
  }

  public var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }
}
