import Kubernetes

extension ClusterRules {
  static func imageExtensions(_ cluster: Cluster) -> [FieldError] {
    let extensions = cluster.spec.postgresql?.extensions ?? []
    let hasCatalog = cluster.spec.imageCatalogRef != nil
    var volumes: Set<String> = []
    return extensions.map(\.name).markingRepetitions().enumerated().flatMap { index, name -> [FieldError] in
      let path = "spec.postgresql.extensions[\(index)]"
      if name.element.isEmpty { return [.invalid("\(path).name", "", "value cannot be empty")] }
      if name.isRepeated { return [.duplicate("\(path).name", .string(name.element))] }
      // Volume names know no underscore.
      let volume = name.element.replacing("_", with: "-")
      let detail =
        "extension name results in duplicate volume name \(quoted(volume)) after sanitization "
        + "(underscores are converted to hyphens)"
      return .when(!volumes.insert(volume).inserted, .invalid("\(path).name", name.element, detail))
        + imageExtension(extensions[index], hasCatalog: hasCatalog, path)
    }
  }

  private static func imageExtension(
    _ extension: ImageExtension, hasCatalog: Bool, _ path: String
  ) -> [FieldError] {
    let detail = "Image reference for extension `\(`extension`.name)` must be set when no image catalog is configured"
    return .when(
      !hasCatalog && `extension`.image?.reference.isNilOrEmpty != false,
      .invalid("\(path).image.reference", "", detail))
      + folders(`extension`.extension_control_path, "\(path).extension_control_path")
      + folders(`extension`.dynamic_library_path, "\(path).dynamic_library_path")
      + folders(`extension`.ld_library_path, "\(path).ld_library_path")
      + folders(`extension`.bin_path, "\(path).bin_path")
      + variables(`extension`.env ?? [], path)
  }

  private static func folders(_ folders: [String]?, _ path: String) -> [FieldError] {
    (folders ?? []).markingRepetitions().enumerated().flatMap { index, folder -> [FieldError] in
      let place = "\(path)[\(index)]"
      if folder.element.isEmpty { return [.invalid(place, "", "value cannot be empty")] }
      if folder.isRepeated { return [.duplicate(place, .string(folder.element))] }
      return .when(
        !staysBelow(folder.element), .invalid(place, folder.element, "path must not escape the extension directory"))
    }
  }

  /// Whether a path never climbs above where it begins.
  private static func staysBelow(_ path: String) -> Bool {
    var depth = 0
    for part in path.split(separator: "/") where part != "." {
      depth += part == ".." ? -1 : 1
      if depth < 0 { return false }
    }
    return true
  }

  private static func variables(_ variables: [ImageExtensionVariable], _ path: String) -> [FieldError] {
    let dedicated = ["PATH": "\(path).bin_path", "LD_LIBRARY_PATH": "\(path).ld_library_path"]
    return variables.map(\.name).markingRepetitions().enumerated().flatMap { index, name -> [FieldError] in
      let place = "\(path).env[\(index)]"
      let value = variables[index].value
      let unknown = unknownPlaceholders(value)
      return .when(
        ReservedEnvironment.contains(name.element),
        .invalid("\(place).name", name.element, ReservedEnvironment.detail))
        + (dedicated[name.element].map {
          [.forbidden("\(place).name", "\(name.element) must be configured via \($0)")]
        } ?? [])
        + .when(
          !unknown.isEmpty,
          .invalid(
            "\(place).value", value,
            "unsupported placeholder(s): \(unknown.joined(separator: ", ")); supported: ${image_root}"))
        + .when(name.isRepeated, .duplicate("\(place).name", .string(name.element)))
    }
  }

  /// `${x}` other than `${image_root}`; a doubled dollar stands for itself.
  private static func unknownPlaceholders(_ value: String) -> [String] {
    value.matches(of: /(\$+)\{([^}]*)\}/).filter { $0.1.count % 2 == 1 && $0.2 != "image_root" }
      .map { "${\($0.2)}" }
  }
}
