/// A change to an object, in one of the forms the API server understands.
public enum Patch: Sendable, Equatable {
  /// RFC 7396: members replace members, `null` removes, lists are replaced as a whole.
  case merge(JSON)
  /// RFC 6902: a list of operations.
  case json(JSON)
  /// Kubernetes' own: lists merge by their elements' keys. Custom resources do not support it.
  case strategic(JSON)

  var contentType: String {
    switch self {
    case .merge: "application/merge-patch+json"
    case .json: "application/json-patch+json"
    case .strategic: "application/strategic-merge-patch+json"
    }
  }

  var body: JSON {
    switch self {
    case .merge(let json), .json(let json), .strategic(let json): json
    }
  }
}
