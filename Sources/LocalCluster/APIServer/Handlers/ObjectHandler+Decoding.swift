import Kubernetes

extension ObjectHandler {
  /// The object in the request's body, as one of this resource: type, name and namespace agree with the path, and
  /// fields that the schema does not know are dropped, with a warning or an error as the client asked.
  func decodedBody() async throws(StatusError) -> JSON {
    var duplicates: [String] = []
    let bytes = try await request.body()
    guard !bytes.isEmpty else { throw .badRequest("the body of the request is empty: send the object") }
    let object = try BodyParsing.object(bytes, contentType: request.http.headers.first(name: "Content-Type")) {
      duplicates.append($0)
    }
    return try checkedFields(try identified(object), duplicates: duplicates)
  }

  /// Checks what the object says it is against where it was sent, and fills in what it does not say.
  func identified(_ object: JSON) throws(StatusError) -> JSON {
    var object = object
    guard case .object = object else {
      throw .badRequest("the object provided is unrecognized: it is \(object.typeName), not an object")
    }
    if object["metadata"] == nil || object["metadata"] == .null { object["metadata"] = [:] }
    for field in ["apiVersion", "kind"] {
      if let value = object[field], value.stringValue == nil, !value.isNull {
        throw .badRequest("\(field): expected a string, got \(value.typeName)")
      }
    }
    guard case .object(let metadata)? = object["metadata"] else {
      throw .badRequest("metadata: expected an object, got \(object["metadata"]?.typeName ?? "nothing")")
    }
    for field in ["name", "namespace", "generateName", "resourceVersion", "uid"] {
      if let value = metadata[field], value.stringValue == nil, !value.isNull {
        throw .badRequest("metadata.\(field): expected a string, got \(value.typeName)")
      }
    }
    let apiVersion = object["apiVersion"]?.stringValue ?? ""
    if !apiVersion.isEmpty, apiVersion != type.apiVersion {
      throw .badRequest(
        "the API version in the data (\(apiVersion)) does not match the expected API version (\(type.apiVersion))")
    }
    let kind = object["kind"]?.stringValue ?? ""
    if !kind.isEmpty, kind != type.kind {
      throw .badRequest("the kind in the data (\(kind)) does not match the expected kind (\(type.kind))")
    }
    object["apiVersion"] = .string(type.apiVersion)
    object["kind"] = .string(type.kind)
    if let name = request.target.name {
      if object.objectName.isEmpty { object[path: ["metadata", "name"]] = .string(name) }
      guard object.objectName == name else {
        throw .badRequest("the name of the object (\(object.objectName)) does not match the name on the URL (\(name))")
      }
    }
    if type.isNamespaced {
      if object.objectNamespace.isEmpty { object[path: ["metadata", "namespace"]] = .string(namespace) }
      guard object.objectNamespace == namespace else {
        throw .badRequest(
          "the namespace of the provided object does not match the namespace sent on the request")
      }
    } else {
      object[path: ["metadata", "namespace"]] = nil
    }
    return object
  }

  /// Drops what the schema does not know.
  ///
  /// - Throws: 400 where the client wants unknown and repeated fields to be errors.
  func checkedFields(_ object: JSON, duplicates: [String] = []) throws(StatusError) -> JSON {
    var unknown: [String] = []
    // Built-in kinds are decoded into structures, to which null and absence are the same.
    let value = resource.isCustom ? object : resource.schema.droppingNulls(object)
    let pruned = resource.schema.pruning(value, dropped: &unknown)
    switch try request.fieldValidation() {
    case .ignore: break
    case .warn:
      for problem in StrictDecoding.problems(unknown: unknown, duplicates: duplicates) { request.warnings.add(problem) }
    case .strict:
      if let message = StrictDecoding.message(unknown: unknown, duplicates: duplicates) {
        throw .badRequest(
          "\(type.kind) in version \"\(type.version)\" cannot be handled as a \(type.kind): \(message)")
      }
    }
    return pruned
  }
}
