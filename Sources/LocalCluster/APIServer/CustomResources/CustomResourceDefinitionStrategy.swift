import Kubernetes

/// CustomResourceDefinitions: established the moment they are valid.
struct CustomResourceDefinitionStrategy: ResourceStrategy {
  static let cleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io"

  func prepareForCreate(_ object: inout JSON) {
    // Creation is prepared before the webhooks and after them.
    if !object.finalizers.contains(Self.cleanupFinalizer) { object.finalizers.append(Self.cleanupFinalizer) }
    fillNames(&object)
    establish(&object, storedVersions: [])
  }

  func prepareForUpdate(_ object: inout JSON, old: JSON) {
    fillNames(&object)
    let stored = old[path: ["status", "storedVersions"]]?.arrayValue?.compactMap(\.stringValue) ?? []
    establish(&object, storedVersions: stored)
  }

  private func fillNames(_ object: inout JSON) {
    guard let kind = object[path: ["spec", "names", "kind"]]?.stringValue else { return }
    if object[path: ["spec", "names", "singular"]] == nil {
      object[path: ["spec", "names", "singular"]] = .string(kind.lowercased())
    }
    if object[path: ["spec", "names", "listKind"]] == nil {
      object[path: ["spec", "names", "listKind"]] = .string(kind + "List")
    }
  }

  private func establish(_ object: inout JSON, storedVersions: [String]) {
    let storage = (object[path: ["spec", "versions"]]?.arrayValue ?? []).first { $0["storage"] == true }
    var stored = storedVersions
    if let name = storage?["name"]?.stringValue, !stored.contains(name) { stored.append(name) }
    let known = object[path: ["status", "conditions"]]?.arrayValue ?? []
    func condition(_ type: JSON, _ reason: JSON, _ message: JSON) -> JSON {
      known.first { $0["type"] == type && $0["status"] == "True" }
        ?? [
          "type": type, "status": "True", "reason": reason, "message": message,
          "lastTransitionTime": .string(Timestamp.seconds()),
        ]
    }
    let others = known.filter { $0["type"] != "NamesAccepted" && $0["type"] != "Established" }
    object["status"] = [
      "acceptedNames": object[path: ["spec", "names"]] ?? [:],
      "storedVersions": .array(stored.map { .string($0) }),
      "conditions": .array(
        [
          condition("NamesAccepted", "NoConflicts", "no conflicts found"),
          condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        ] + others),
    ]
  }

  func validate(_ object: JSON) -> [FieldError] {
    guard let definition = try? object.decoded(as: CustomResourceDefinition.self) else { return [] }
    let spec = definition.spec
    var errors: [FieldError] = []
    if definition.name != "\(spec.names.plural).\(spec.group)" {
      errors.append(.invalid("metadata.name", .string(definition.name), "must be spec.names.plural+\".\"+spec.group"))
    }
    errors += NameRule.subdomain.problems(spec.group).map { .invalid("spec.group", .string(spec.group), $0) }
    if !spec.group.contains(".") {
      errors.append(.invalid("spec.group", .string(spec.group), "should be a domain with at least one dot"))
    }
    errors += NameRule.label1035.problems(spec.names.plural).map {
      .invalid("spec.names.plural", .string(spec.names.plural), $0)
    }
    if spec.versions.filter(\.storage).count != 1 {
      errors.append(
        .invalid(
          "spec.versions", object[path: ["spec", "versions"]] ?? [],
          "must have exactly one version marked as storage version"))
    }
    var names: Set<String> = []
    for (index, version) in spec.versions.enumerated() {
      let path = "spec.versions[\(index)]"
      if !names.insert(version.name).inserted { errors.append(.duplicate("\(path).name", .string(version.name))) }
      errors += NameRule.label1035.problems(version.name).map { .invalid("\(path).name", .string(version.name), $0) }
      errors += CustomResourceVersion.errors(version, at: path)
    }
    return errors
  }

  func validateUpdate(_ object: JSON, old: JSON) -> [FieldError] {
    [["spec", "group"], ["spec", "scope"], ["spec", "names", "plural"], ["spec", "names", "kind"]].flatMap {
      ImmutableField.errors($0, object, old)
    } + Self.missingStoredVersions(object)
  }

  /// A version that objects may be stored in has to stay until somebody has rewritten them and says so.
  private static func missingStoredVersions(_ object: JSON) -> [FieldError] {
    let versions = (object[path: ["spec", "versions"]]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
    let stored = object[path: ["status", "storedVersions"]]?.arrayValue?.compactMap(\.stringValue) ?? []
    return stored.enumerated().filter { !versions.contains($0.element) }.map { index, version in
      .invalid(
        "status.storedVersions[\(index)]", .string(version),
        "missing from spec.versions; \(version) was previously a storage version, and must remain in spec.versions "
          + "until a storage migration ensures no data remains persisted in \(version) and removes \(version) from "
          + "status.storedVersions")
    }
  }

  func warnings(_ object: JSON) -> [String] {
    guard let definition = try? object.decoded(as: CustomResourceDefinition.self) else { return [] }
    var warnings: [String] = []
    if definition.spec.conversion.strategy == "Webhook" {
      warnings.append(
        "spec.conversion.strategy: Webhook is not supported: objects keep their fields and only apiVersion changes "
          + "between versions")
    }
    for (index, version) in definition.spec.versions.enumerated() {
      guard let schema = version.schema?.openAPIV3Schema else { continue }
      let path = "spec.versions[\(index)].schema.openAPIV3Schema"
      _ = try? Schema(openAPI: schema, at: path, unsupported: &warnings)
    }
    return warnings
  }
}
