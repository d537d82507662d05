import Kubernetes

/// From a CustomResourceDefinition to the resources that are served for it.
enum CustomResourceVersion {
  /// What is wrong with one version.
  static func errors(_ version: CustomResourceDefinitionVersion, at path: String) -> [FieldError] {
    var errors: [FieldError] = []
    if let schema = version.schema?.openAPIV3Schema {
      var unsupported: [String] = []
      do {
        _ = try Schema(openAPI: schema, at: "\(path).schema.openAPIV3Schema", unsupported: &unsupported)
      } catch {
        errors += error.errors
      }
    } else {
      errors.append(.required("\(path).schema.openAPIV3Schema", "schemas are required"))
    }
    for (index, column) in (version.additionalPrinterColumns ?? []).enumerated() {
      let place = "\(path).additionalPrinterColumns[\(index)]"
      errors += pathErrors(column.jsonPath, at: "\(place).jsonPath")
      if !["integer", "number", "string", "boolean", "date"].contains(column.type) {
        errors.append(
          .notSupported("\(place).type", .string(column.type), ["boolean", "date", "integer", "number", "string"]))
      }
    }
    if let scale = version.subresources?.scale {
      for (field, text) in [
        ("specReplicasPath", scale.specReplicasPath), ("statusReplicasPath", scale.statusReplicasPath),
        ("labelSelectorPath", scale.labelSelectorPath),
      ] {
        guard let text else { continue }
        if (try? JSONPath(text))?.memberNames == nil {
          errors.append(
            .invalid(
              "\(path).subresources.scale.\(field)", .string(text),
              "should be a json path of names under .spec or .status"))
        }
      }
    }
    return errors
  }

  private static func pathErrors(_ text: String, at path: String) -> [FieldError] {
    do {
      _ = try JSONPath(text)
      return []
    } catch {
      return [.invalid(path, .string(text), "\(error)")]
    }
  }

  /// The resources of a definition, one for each served version. A version that cannot be read is left out: it was
  /// refused when it was written.
  static func resources(_ definition: CustomResourceDefinition) -> [ResourceDefinition] {
    let spec = definition.spec
    let storage = spec.versions.first(where: \.storage)?.name ?? ""
    return spec.versions.filter(\.served).compactMap { version in
      var unsupported: [String] = []
      guard let document = version.schema?.openAPIV3Schema,
        let schema = try? Schema(openAPI: document, unsupported: &unsupported),
        let columns = try? CustomColumns.columns(version.additionalPrinterColumns)
      else { return nil }
      let type = ResourceType(
        group: spec.group, version: version.name, kind: spec.names.kind, plural: spec.names.plural,
        singular: spec.names.singular, namespaced: spec.scope == "Namespaced",
        shortNames: spec.names.shortNames ?? [], categories: spec.names.categories ?? [])
      var resource = ResourceDefinition(type, schema: schema.asResource)
      resource.isCustom = true
      resource.storedAPIVersion = "\(spec.group)/\(storage)"
      resource.hasOtherVersions = spec.versions.count > 1
      resource.hasStatus = version.subresources?.status != nil
      resource.scale = version.subresources?.scale.flatMap(scalePaths)
      resource.columns = columns
      for field in version.selectableFields ?? [] {
        guard let path = (try? JSONPath(field.jsonPath))?.memberNames else { continue }
        resource.selectable[path.joined(separator: ".")] = path
      }
      if version.deprecated == true {
        resource.deprecationWarning =
          version.deprecationWarning ?? "\(type.apiVersion) \(type.kind) is deprecated"
      }
      return resource
    }
  }

  private static func scalePaths(_ scale: CustomResourceSubresourceScale) -> ResourceDefinition.ScalePaths? {
    guard let specPath = (try? JSONPath(scale.specReplicasPath))?.memberNames,
      let statusPath = (try? JSONPath(scale.statusReplicasPath))?.memberNames
    else { return nil }
    let selector = scale.labelSelectorPath.flatMap { (try? JSONPath($0))?.memberNames }
    return ResourceDefinition.ScalePaths(specReplicas: specPath, statusReplicas: statusPath, selector: selector ?? [])
  }
}
