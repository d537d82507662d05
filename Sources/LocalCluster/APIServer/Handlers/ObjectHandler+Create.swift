import Foundation
import Kubernetes
import Web

extension ObjectHandler {
  func create() async throws(StatusError) -> HTTPResponse {
    let object = try await decodedBody()
    let created = try await create(object)
    return try answer(created, status: 201)
  }

  /// Creates an object whose fields have been checked against the schema's names.
  ///
  /// - Parameter manager: who owns its fields from now on; nil where `managedFields` is filled in already.
  func create(_ object: JSON, recordingManager: Bool = true) async throws(StatusError) -> StoredObject {
    var object = object
    if !object.objectRevision.isEmpty {
      throw .badRequest("resourceVersion should not be set on objects to be created")
    }
    let generateName = object[path: ["metadata", "generateName"]]?.stringValue ?? ""
    let isNameGenerated = object.objectName.isEmpty && !generateName.isEmpty
    try await checkNamespace()
    for attempt in 1... {
      if isNameGenerated { object[path: ["metadata", "name"]] = .string(Self.generatedName(generateName)) }
      let prepared = try await preparedForCreate(object, recordingManager: recordingManager)
      let key = key(prepared.objectName)
      if try request.isDryRun() {
        guard store.get(key) == nil else { throw .alreadyExists(type, key.name) }
        return StoredObject(key: key, value: prepared, revision: store.revision, selectableFields: { _, _ in [:] })
      }
      do {
        let stored = try await store.create(key, prepared)
        core.wrote(stored, wasDeleted: false)
        return stored
      } catch {
        // Five random characters may meet a name that exists; Kubernetes tries eight times.
        if case .alreadyExists = error, isNameGenerated, attempt < 8 { continue }
        throw StatusError(error, type, key.name)
      }
    }
    throw .alreadyExists(type, generateName)
  }

  /// A prefix of at most 58 characters and five random ones, without vowels so that no words come about.
  static func generatedName(_ prefix: String) -> String {
    let letters = Array("bcdfghjklmnpqrstvwxz2456789")
    return String(prefix.prefix(58)) + String((0..<5).compactMap { _ in letters.randomElement() })
  }

  private func checkNamespace() async throws(StatusError) {
    guard type.isNamespaced else { return }
    guard let namespace = store.get(StoreKey("namespaces", name: namespace)) else {
      throw .notFound(Namespace.resource, self.namespace)
    }
    guard namespace.fields["status.phase"] == "Terminating" else { return }
    throw .forbidden(
      type, request.target.name ?? "",
      "unable to create new content in namespace \(self.namespace) because it is being terminated")
  }

  private func preparedForCreate(_ object: JSON, recordingManager: Bool) async throws(StatusError) -> JSON {
    var object = object
    object[path: ["metadata", "uid"]] = .string(UUID().uuidString.lowercased())
    object[path: ["metadata", "creationTimestamp"]] = .string(Timestamp.seconds())
    for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"] {
      object[path: ["metadata", field]] = nil
    }
    object[path: ["metadata", "generation"]] = resource.countsGenerations ? 1 : nil
    if resource.hasStatus { object["status"] = nil }
    object = resource.schema.defaulting(object)
    resource.strategy.prepareForCreate(&object)
    object = try await core.filledByAdmission(object, old: nil, resource: resource)
    object = try await mutatedByWebhooks(object, old: nil, operation: .create)
    resource.strategy.prepareForCreate(&object)
    try validate(object, old: nil)
    try await validatedByWebhooks(object, old: nil, operation: .create)
    guard recordingManager else { return object }
    return FieldOwnership.recordingUpdate(of: object, from: nil, by: request, resource, subresource: nil)
  }

  /// Everything that is wrong with an object, in one answer.
  func validate(_ object: JSON, old: JSON?) throws(StatusError) {
    var errors = MetadataValidation.errors(object, resource)
    let schemaErrors = resource.schema.validate(object)
    errors += schemaErrors.filter { !$0.path.hasPrefix("metadata.") || resource.isCustom }
    // Strategies rely on the types that the schema demands.
    if schemaErrors.isEmpty {
      errors += resource.strategy.validate(object)
      if let old {
        errors += MetadataValidation.updateErrors(object, old: old)
        errors += resource.strategy.validateUpdate(object, old: old)
      }
    }
    guard errors.isEmpty else { throw .invalid(type, object.objectName, errors) }
    for warning in resource.strategy.warnings(object) { request.warnings.add(warning) }
  }
}

extension ResourceDefinition {
  /// Whether objects carry `metadata.generation`: where there is a desired state that controllers follow.
  var countsGenerations: Bool { isCustom || schema.properties["spec"] != nil }
}
