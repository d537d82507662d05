import Kubernetes

extension JSON {
  /// Whether an object already says everything that `wanted` says. Members it has beyond that are somebody else's;
  /// lists must be of the same length, element for element.
  func covers(_ wanted: JSON) -> Bool {
    switch (self, wanted) {
    case (.object(let members), .object(let wanted)):
      wanted.allSatisfy { key, value in
        if let present = members[key] { present.covers(value) } else { value.isEmptyValue }
      }
    case (.array(let elements), .array(let wanted)):
      elements.count == wanted.count && zip(elements, wanted).allSatisfy { $0.covers($1) }
    default:
      self == wanted
    }
  }

  /// Null, and empty lists and objects, which the API server does not keep.
  private var isEmptyValue: Bool {
    switch self {
    case .null: true
    case .array(let elements): elements.isEmpty
    case .object(let members): members.allSatisfy { $0.value.isEmptyValue }
    default: false
    }
  }
}
