import Kubernetes

/// The rules of `metadata` that hold for every kind.
enum MetadataValidation {
  /// The total size of the annotations of an object.
  static let annotationLimit = 256 << 10

  static func errors(_ object: JSON, _ resource: ResourceDefinition) -> [FieldError] {
    let metadata = object["metadata"] ?? [:]
    var errors: [FieldError] = []
    let name = metadata["name"]?.stringValue ?? ""
    if name.isEmpty {
      errors.append(.required("metadata.name", "name or generateName is required"))
    } else {
      errors += resource.nameRule.problems(name).map { .invalid("metadata.name", .string(name), $0) }
    }
    errors += labels(metadata["labels"], "metadata.labels")
    errors += annotations(metadata["annotations"])
    errors += finalizers(metadata["finalizers"])
    errors += owners(metadata["ownerReferences"])
    return errors
  }

  /// What an update may not do to metadata.
  static func updateErrors(_ object: JSON, old: JSON) -> [FieldError] {
    guard old.deletionTimestamp != nil else { return [] }
    let added = Set(object.finalizers).subtracting(old.finalizers).sorted()
    guard !added.isEmpty else { return [] }
    let list = added.map { "\"\($0)\"" }.joined(separator: ", ")
    return [
      .forbidden(
        "metadata.finalizers",
        "no new finalizers can be added if the object is being deleted, found new finalizers []string{\(list)}")
    ]
  }

  private static let keyText =
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    + "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    + "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
  private static let valueText =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    + "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    + "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

  private static func labels(_ labels: JSON?, _ path: String) -> [FieldError] {
    (labels?.objectValue ?? [:]).sorted { $0.key < $1.key }.flatMap { key, value -> [FieldError] in
      var errors: [FieldError] = []
      if !LabelSyntax.isKey(key) { errors.append(.invalid(path, .string(key), keyText)) }
      let text = value.stringValue ?? ""
      if text.utf8.count > 63 {
        errors.append(.invalid(path, .string(text), "must be no more than 63 bytes"))
      } else if !LabelSyntax.isValue(text) {
        errors.append(.invalid(path, .string(text), valueText))
      }
      return errors
    }
  }

  private static func annotations(_ annotations: JSON?) -> [FieldError] {
    let members = annotations?.objectValue ?? [:]
    // Keys of annotations may have capitals.
    var errors: [FieldError] = members.keys.sorted().filter { !LabelSyntax.isKey($0.lowercased()) }
      .map { .invalid("metadata.annotations", .string($0), keyText) }
    let size = members.reduce(0) { $0 + $1.key.utf8.count + ($1.value.stringValue?.utf8.count ?? 0) }
    if size > annotationLimit {
      errors.append(
        FieldError("metadata.annotations", .tooLong, .null, "may not be more than \(annotationLimit) bytes"))
    }
    return errors
  }

  private static func finalizers(_ finalizers: JSON?) -> [FieldError] {
    (finalizers?.arrayValue ?? []).enumerated().compactMap { index, value in
      let name = value.stringValue ?? ""
      guard !LabelSyntax.isKey(name) else { return nil }
      return .invalid("metadata.finalizers[\(index)]", value, keyText)
    }
  }

  private static func owners(_ owners: JSON?) -> [FieldError] {
    let owners = owners?.arrayValue ?? []
    var errors: [FieldError] = []
    for (index, owner) in owners.enumerated() {
      for field in ["apiVersion", "kind", "name", "uid"] where (owner[field]?.stringValue ?? "").isEmpty {
        errors.append(
          .invalid(
            "metadata.ownerReferences[\(index)].\(field)", "",
            "\(field == "apiVersion" ? "version" : field) must not be empty"))
      }
    }
    let controllers = owners.filter { $0["controller"] == true }
    if controllers.count > 1 {
      errors.append(
        .invalid(
          "metadata.ownerReferences", .array(owners),
          "Only one reference can have Controller set to true. Found \"true\" in references for "
            + controllers.prefix(2).map { "\($0["name"]?.stringValue ?? "")" }.joined(separator: " and ")))
    }
    return errors
  }
}
