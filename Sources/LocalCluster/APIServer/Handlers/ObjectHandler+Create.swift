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
    let isDryRun = try request.isDryRun()
    try checkNamespace()
    for attempt in 1... {
      if isNameGenerated { object[path: ["metadata", "name"]] = .string(Self.generatedName(generateName)) }
      object[path: ["metadata", "uid"]] = .string(UUID().uuidString.lowercased())
      do {
        return try await keepingAddress(of: object.objectUID) { () async throws(StatusError) in
          try await createOnce(object, recordingManager: recordingManager, isDryRun: isDryRun)
        }
      } catch {
        // Five random characters may meet a name that exists; Kubernetes tries eight times.
        guard error.reason == "AlreadyExists", isNameGenerated, attempt < 8 else { throw error }
      }
    }
    throw .alreadyExists(type, generateName)
  }

  private func createOnce(
    _ object: JSON, recordingManager: Bool, isDryRun: Bool
  ) async throws(StatusError) -> StoredObject {
    let prepared = try await preparedForCreate(object, recordingManager: recordingManager)
    let key = key(prepared.objectName)
    if isDryRun {
      guard store.get(key) == nil else { throw .alreadyExists(type, key.name) }
      return StoredObject(key: key, value: prepared, revision: store.revision, selectableFields: { _, _ in [:] })
    }
    // Webhooks took their time, in which the namespace may have begun to go.
    try checkNamespace()
    do {
      let stored = try await store.create(key, asStored(prepared))
      core.wrote(stored, wasDeleted: false)
      return stored
    } catch {
      throw StatusError(error, type, key.name)
    }
  }

  /// The address that a service is given is kept for it until the write is done, one way or another: from then on the
  /// store knows.
  func keepingAddress<Value>(
    of uid: String, _ body: () async throws(StatusError) -> Value
  ) async throws(StatusError) -> Value {
    guard resource.storeName == "services" else { return try await body() }
    do {
      let value = try await body()
      await core.addresses.release(uid)
      return value
    } catch {
      await core.addresses.release(uid)
      throw error
    }
  }

  /// A prefix of at most 58 characters and five random ones, without vowels so that no words come about.
  static func generatedName(_ prefix: String) -> String {
    let letters = Array("bcdfghjklmnpqrstvwxz2456789")
    return String(prefix.prefix(58)) + String((0..<5).compactMap { _ in letters.randomElement() })
  }

  private func checkNamespace() throws(StatusError) {
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
    // What is missing from an owner reference is said by the rules of metadata, in Kubernetes' words.
    let schemaErrors = resource.schema.validate(object, old: old).filter {
      !($0.kind == .required && $0.path.hasPrefix("metadata.ownerReferences"))
    }
    var errors = MetadataValidation.errors(object, resource) + schemaErrors
    // Strategies rely on the types that the schema demands.
    if schemaErrors.isEmpty {
      errors += resource.strategy.validate(object)
      if let old {
        errors += MetadataValidation.updateErrors(object, old: old)
        errors += resource.strategy.validateUpdate(object, old: old)
      }
    }
    guard errors.isEmpty else { throw .invalid(type, object.objectName, errors) }
    try checkEscalation(object, old: old)
    for warning in resource.strategy.warnings(object) { request.warnings.add(warning) }
  }
}

extension ResourceDefinition {
  /// Whether objects carry `metadata.generation`: where there is a desired state that controllers follow.
  var countsGenerations: Bool { isCustom || schema.properties["spec"] != nil }
}
