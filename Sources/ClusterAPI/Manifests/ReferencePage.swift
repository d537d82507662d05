import Kubernetes

/// A page of the reference: the fields of a kind, from its declaration.
struct ReferencePage {
  let resource: ResourceType
  let schema: Schema

  init<Kind: APIObject>(_ type: Kind.Type) {
    resource = Kind.resource
    schema = Kind.schema
  }

  var fileName: String { "\(resource.singular).md" }

  var text: String {
    var lines = [
      "# \(resource.kind)", "",
      "`apiVersion: \(resource.apiVersion)`, `kind: \(resource.kind)`, "
        + (resource.isNamespaced ? "in a namespace." : "for all namespaces."), "",
      "This page is made from the declarations in `Sources/ClusterAPI`; see CONTRIBUTING. "
        + "A field in **bold** must be given. `[]` stands for each element of a list, `{}` for each value of a map. "
        + "Fields of the type `core API` are as in Kubernetes' own objects.",
      "",
    ]
    for part in ["spec", "status"] {
      guard let schema = schema.properties[part] else { continue }
      lines += ["## \(part)", "", "| field | type | default | meaning |", "| --- | --- | --- | --- |"]
      lines += rows(of: schema, below: part) + [""]
    }
    return lines.joined(separator: "\n")
  }

  /// Types that appear so often that rows for their members would hide the rest.
  private static let knownTypes: [[String: Schema]: String] = [
    LocalReference.schema.properties: "object with `name`",
    SecretKeyReference.schema.properties: "Secret entry: `name`, `key`",
    ConfigMapKeyReference.schema.properties: "ConfigMap entry: `name`, `key`",
    Condition.schema.properties: "condition",
  ]

  private func rows(of schema: Schema, below path: String) -> [String] {
    schema.properties.keys.sorted().flatMap { name -> [String] in
      guard let field = schema.properties[name] else { return [] }
      let place = "\(path).\(name)"
      return [row(field, place, isRequired: schema.required.contains(name))] + nestedRows(field, place)
    }
  }

  private func nestedRows(_ field: Schema, _ place: String) -> [String] {
    if Self.knownTypes[field.properties] != nil || EmbeddedTypes.contains(field) { return [] }
    if let elements = field.items?.schema { return nestedRows(elements, place + "[]") }
    if let values = field.additionalProperties?.schema { return nestedRows(values, place + "{}") }
    return rows(of: field, below: place)
  }

  private func row(_ field: Schema, _ place: String, isRequired: Bool) -> String {
    let name = isRequired ? "**`\(place)`**" : "`\(place)`"
    let defaultText = field.defaultValue.map { "`\($0.text)`" } ?? ""
    let meaning = (field.description ?? "").replacing("|", with: "\\|")
    return "| \(name) | \(typeText(field)) | \(defaultText) | \(meaning) |"
  }

  private func typeText(_ field: Schema) -> String {
    if !field.enumeration.isEmpty {
      return field.enumeration.map { "`\($0.stringValue ?? $0.text)`" }.joined(separator: ", ")
    }
    if field.intOrString { return "quantity" }
    if let known = Self.knownTypes[field.properties] { return known }
    if EmbeddedTypes.contains(field) { return "core API" }
    if let elements = field.items?.schema { return "list of \(typeText(elements))" }
    if let values = field.additionalProperties?.schema { return "map of \(typeText(values))" }
    return field.type?.rawValue ?? "anything"
  }
}
