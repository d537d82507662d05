import Kubernetes

/// Claims: once bound only their size may grow.
struct PersistentVolumeClaimStrategy: ResourceStrategy {
  func prepareForCreate(_ object: inout JSON) { object["status"] = ["phase": "Pending"] }

  func validate(_ object: JSON) -> [FieldError] {
    var errors: [FieldError] = []
    if (object[path: ["spec", "accessModes"]]?.arrayValue ?? []).isEmpty {
      errors.append(.required("spec.accessModes", "at least 1 access mode is required"))
    }
    guard let size = object[path: ["spec", "resources", "requests", "storage"]] else {
      return errors + [.required("spec.resources[storage]")]
    }
    if let quantity = Self.quantity(size), quantity <= Quantity(0) {
      errors.append(.invalid("spec.resources[storage]", size, "must be greater than zero"))
    }
    return errors
  }

  func validateUpdate(_ object: JSON, old: JSON) -> [FieldError] {
    var errors: [FieldError] = []
    if Self.fixedPart(object, old: old) != Self.fixedPart(old, old: old) {
      errors.append(
        .forbidden(
          "spec",
          "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"))
    }
    let path = ["spec", "resources", "requests", "storage"]
    let bound = old[path: ["status", "capacity", "storage"]] ?? old[path: path]
    if let new = object[path: path].flatMap(Self.quantity), let least = bound.flatMap(Self.quantity), new < least {
      errors.append(.forbidden("spec.resources.requests.storage", "field can not be less than status.capacity"))
    }
    return errors
  }

  private static func fixedPart(_ object: JSON, old: JSON) -> JSON {
    var spec = object["spec"] ?? [:]
    spec[path: ["resources", "requests"]] = nil
    spec["volumeAttributesClassName"] = nil
    // The volume is chosen once, after creation; so is the default class.
    for field in ["volumeName", "storageClassName"] where (old[path: ["spec", field]]?.stringValue ?? "").isEmpty {
      spec[field] = nil
    }
    return spec
  }

  private static func quantity(_ value: JSON) -> Quantity? {
    (value.stringValue ?? value.intValue.map(String.init)).flatMap { try? Quantity(parsing: $0) }
  }
}

struct PersistentVolumeStrategy: ResourceStrategy {
  func prepareForCreate(_ object: inout JSON) { object["status"] = ["phase": "Pending"] }
}

struct StorageClassStrategy: ResourceStrategy {
  func validateUpdate(_ object: JSON, old: JSON) -> [FieldError] {
    ["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"].flatMap {
      ImmutableField.errors([$0], object, old)
    }
  }
}
