import Kubernetes

/// The record of who owns which field, `metadata.managedFields`.
enum FieldOwnership {
  /// The new object with its record brought up to date after a create, an update or a patch.
  static func recordingUpdate(
    of new: JSON, from old: JSON?, by request: APIRequest, _ resource: ResourceDefinition, subresource: String?
  ) -> JSON {
    ServerSideApply.trackUpdate(
      old: old, new: new, schema: resource.schema, manager: request.fieldManager,
      apiVersion: resource.type.apiVersion, subresource: subresource, now: Timestamp.seconds())
  }

  /// The live object with a configuration applied to it.
  ///
  /// - Throws: 409 where another manager owns a field with another value.
  static func apply(
    _ configuration: JSON, to live: JSON?, _ resource: ResourceDefinition, manager: String, force: Bool,
    subresource: String?
  ) throws(StatusError) -> JSON {
    var configuration = configuration
    // Each endpoint writes its own part only, and owns no more than it writes.
    if subresource == "status" {
      configuration = [
        "apiVersion": configuration["apiVersion"] ?? .null, "kind": configuration["kind"] ?? .null,
        "metadata": [
          "name": .string(configuration.objectName),
          "namespace": configuration[path: ["metadata", "namespace"]] ?? .null,
        ],
        "status": configuration["status"] ?? [:],
      ]
    } else if resource.hasStatus {
      configuration["status"] = nil
    }
    do {
      return try ServerSideApply.apply(
        configuration: configuration, to: live, schema: resource.schema, manager: manager, force: force,
        apiVersion: resource.type.apiVersion, subresource: subresource, now: Timestamp.seconds())
    } catch {
      var conflict = StatusError(code: 409, reason: "Conflict", message: error.message)
      conflict.details = ["causes": .array(error.causes)]
      throw conflict
    }
  }
}
