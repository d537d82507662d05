import Kubernetes

/// Both selectors of a request.
struct ObjectSelection: Sendable {
  var labels: Selector?
  var fields: FieldSelector?
  /// Where the fields stand that a custom resource selects by. The store keeps at hand those of built-in kinds only.
  private let paths: [String: [String]]

  /// - Throws: 400 where a selector cannot be read or names a field that this resource does not select by.
  init(labels: String?, fields: String?, resource: ResourceDefinition) throws(StatusError) {
    paths = resource.isCustom ? resource.selectable : [:]
    do {
      if let labels, !labels.isEmpty { self.labels = try Selector(parsing: labels) }
      if let fields, !fields.isEmpty { self.fields = try FieldSelector(parsing: fields) }
    } catch {
      throw .badRequest("unable to parse requirement: \(error)")
    }
    for requirement in self.fields?.requirements ?? [] where !resource.isSelectable(requirement.path) {
      throw .badRequest("field label not supported: \(requirement.path)")
    }
  }

  func matches(_ object: StoredObject) -> Bool {
    if let labels, !labels.matches(object.labels) { return false }
    guard let requirements = fields?.requirements else { return true }
    let needsValue = requirements.contains { paths[$0.path] != nil }
    let custom = needsValue ? (try? object.value()).map { SelectableFields.values(paths, $0) } ?? [:] : [:]
    return requirements.allSatisfy { requirement in
      let value =
        switch requirement.path {
        case "metadata.name": object.key.name
        case "metadata.namespace": object.key.namespace
        default: object.fields[requirement.path] ?? custom[requirement.path] ?? ""
        }
      return (value == requirement.value) == requirement.isEqual
    }
  }

  /// The name that an object must have to match, where the selector asks for one.
  var name: String? { fields?.requirements.first { $0.path == "metadata.name" && $0.isEqual }?.value }
}
