import Kubernetes

/// The rules of a pod's spec that a schema cannot express and that would surprise a node.
enum PodSpecValidation {
  static func errors(_ spec: JSON, _ path: String) -> [FieldError] {
    let volumes = Set((spec["volumes"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue })
    var errors = duplicates(spec["volumes"], "\(path).volumes", label: true)
    if (spec["containers"]?.arrayValue ?? []).isEmpty { errors.append(.required("\(path).containers")) }
    var names: Set<String> = []
    for list in ["initContainers", "containers"] {
      for (index, container) in (spec[list]?.arrayValue ?? []).enumerated() {
        let place = "\(path).\(list)[\(index)]"
        let name = container["name"]?.stringValue ?? ""
        errors += NameRule.label.problems(name).map { .invalid("\(place).name", .string(name), $0) }
        if !names.insert(name).inserted { errors.append(.duplicate("\(place).name", .string(name))) }
        if (container["image"]?.stringValue ?? "").isEmpty { errors.append(.required("\(place).image")) }
        errors += mounts(container, place, volumes)
        errors += resources(container["resources"] ?? [:], "\(place).resources")
      }
    }
    return errors
  }

  private static func duplicates(_ list: JSON?, _ path: String, label: Bool) -> [FieldError] {
    var seen: Set<String> = []
    return (list?.arrayValue ?? []).enumerated().flatMap { index, element -> [FieldError] in
      let name = element["name"]?.stringValue ?? ""
      var errors: [FieldError] = NameRule.label.problems(name).map {
        .invalid("\(path)[\(index)].name", .string(name), $0)
      }
      if !seen.insert(name).inserted { errors.append(.duplicate("\(path)[\(index)].name", .string(name))) }
      return errors
    }
  }

  private static func mounts(_ container: JSON, _ path: String, _ volumes: Set<String>) -> [FieldError] {
    var paths: Set<String> = []
    return (container["volumeMounts"]?.arrayValue ?? []).enumerated().flatMap { index, mount -> [FieldError] in
      let place = "\(path).volumeMounts[\(index)]"
      var errors: [FieldError] = []
      let name = mount["name"]?.stringValue ?? ""
      if !volumes.contains(name) { errors.append(FieldError("\(place).name", .notFound, .string(name))) }
      let target = mount["mountPath"]?.stringValue ?? ""
      if target.isEmpty {
        errors.append(.required("\(place).mountPath"))
      } else if !paths.insert(target).inserted {
        errors.append(.invalid("\(place).mountPath", .string(target), "must be unique"))
      }
      let sub = mount["subPath"]?.stringValue ?? ""
      if sub.hasPrefix("/") { errors.append(.invalid("\(place).subPath", .string(sub), "must be a relative path")) }
      if sub.split(separator: "/").contains("..") {
        errors.append(.invalid("\(place).subPath", .string(sub), "must not contain '..'"))
      }
      return errors
    }
  }

  private static func resources(_ resources: JSON, _ path: String) -> [FieldError] {
    (resources["requests"]?.objectValue ?? [:]).sorted { $0.key < $1.key }.compactMap { name, value in
      guard let limit = resources[path: ["limits", name]].flatMap(quantity), let request = quantity(value),
        request > limit
      else { return nil }
      return .invalid(
        "\(path).requests", .string("\(request)"), "must be less than or equal to \(name) limit of \(limit)")
    }
  }

  private static func quantity(_ value: JSON) -> Quantity? {
    (value.stringValue ?? value.intValue.map(String.init)).flatMap { try? Quantity(parsing: $0) }
  }
}
