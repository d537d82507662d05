import ClusterAPI
import Kubernetes

/// What has to happen to an object so that it becomes as it should be.
enum ObjectStep: Equatable {
  case create, apply
  /// Deleted now; the next pass creates it.
  case replace
  case keep

  init(live: JSON?, wanted: JSON, manager: String) {
    guard let live else {
      self = .create
      return
    }
    guard live.differs(from: wanted, manager: manager) else {
      self = .keep
      return
    }
    // New labels are no reason for a new load balancer, nor is anything that somebody else changed in the present one.
    let annotations = wanted[path: ["metadata", "annotations"]]
    let applied = live[path: ["metadata", "annotations", Annotations.lastAppliedSpec]]
    let isReplaced =
      annotations?[Annotations.updateStrategy]?.stringValue == ServiceUpdateStrategy.replace.rawValue
      && applied != nil && applied != annotations?[Annotations.lastAppliedSpec]
    self = isReplaced ? .replace : .apply
  }
}

extension JSON {
  /// Whether an object has to be applied: it does not say all that `wanted` says, or still has what the manager applied
  /// before and `wanted` no longer names.
  func differs(from wanted: JSON, manager: String) -> Bool {
    let entries = self[path: ["metadata", "managedFields"]]?.arrayValue ?? []
    let applied = entries.filter { $0["manager"]?.stringValue == manager && $0["operation"] == "Apply" }
    return !covers(wanted) || applied.contains { ($0["fieldsV1"] ?? .null).exceeds(wanted) }
  }

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

  /// What the API server does not keep: null, false, zero, empty lists and objects.
  private var isEmptyValue: Bool {
    switch self {
    case .null, .bool(false), .int(0): true
    case .array(let elements): elements.isEmpty
    case .object(let members): members.allSatisfy { $0.value.isEmptyValue }
    default: false
    }
  }

  /// For a set of fields as `managedFields` keeps it (`f:` a member, `k:` an element by its key): whether one of them is
  /// missing in the value. Elements that are missing are for ``covers(_:)`` to find.
  private func exceeds(_ value: JSON) -> Bool {
    (objectValue ?? [:]).contains { step, below in
      let name = String(step.dropFirst(2))
      if step.hasPrefix("f:") {
        guard let member = value[name], !member.isNull else { return true }
        return below.exceeds(member)
      }
      guard step.hasPrefix("k:"), let key = try? JSON(parsing: name),
        let element = value.arrayValue?.first(where: { $0.covers(key) })
      else { return false }
      return below.exceeds(element)
    }
  }
}
