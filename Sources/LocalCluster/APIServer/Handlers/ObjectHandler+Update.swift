import Foundation
import Kubernetes
import Web

/// Which part of an object a write may change.
enum WritablePart: Sendable {
  /// Everything but the status, where that has a subresource.
  case object
  case status
  /// What one subresource changes, already merged into the rest of the object.
  case merged(subresource: String)

  var subresource: String? {
    switch self {
    case .object: nil
    case .status: "status"
    case .merged(let subresource): subresource
    }
  }
}

extension ObjectHandler {
  func update(_ part: WritablePart) async throws(StatusError) -> HTTPResponse {
    let object = try await decodedBody()
    if resource.isCustom, object.objectRevision.isEmpty {
      throw .invalid(
        type, object.objectName,
        [.invalid("metadata.resourceVersion", 0, "must be specified for an update")])
    }
    return try answer(try await change(try name(), part) { _ throws(StatusError) in object })
  }

  /// Changes an object: reads it, lets `transform` make the new one, and writes that if nobody else wrote meanwhile;
  /// otherwise once more, unless the new object insists on a resourceVersion.
  func change(
    _ name: String, _ part: WritablePart, recordingManager: Bool = true,
    _ transform: (JSON) async throws(StatusError) -> JSON
  ) async throws(StatusError) -> StoredObject {
    let isDryRun = try request.isDryRun()
    for attempt in 1... {
      let stored = try find(name)
      let old = try presentable(stored)
      let wanted = try await transform(old)
      try checkPreconditions(wanted, old: old)
      let written = try await keepingAddress(of: stored.uid) { () async throws(StatusError) -> StoredObject? in
        let new = try await preparedForUpdate(wanted, old: old, part, recordingManager: recordingManager)
        return Self.isSame(new, old) ? stored : try await write(new, over: stored, isDryRun: isDryRun)
      }
      if let written { return written }
      // A client that names no version wants its change made to whatever is there; Kubernetes tries five times.
      guard attempt < 5, !transformInsists(wanted) else { break }
    }
    throw .conflict(type, name)
  }

  /// Whether the request carries a whole object with a version: then a conflict is the client's to resolve.
  private func transformInsists(_ wanted: JSON) -> Bool { request.verb == .update && !wanted.objectRevision.isEmpty }

  /// - Returns: nil where somebody else wrote first.
  private func write(
    _ new: JSON, over stored: StoredObject, isDryRun: Bool
  ) async throws(StatusError) -> StoredObject? {
    let isFinished = new.deletionTimestamp != nil && Deletion.isDue(new)
    if isDryRun {
      return StoredObject(
        key: stored.key, value: new, revision: stored.revision, selectableFields: { _, _ in [:] })
    }
    do {
      let written =
        isFinished
        ? try await store.delete(stored.key, last: asStored(new), ifRevision: stored.revision)
        : try await store.update(stored.key, asStored(new), ifRevision: stored.revision)
      core.wrote(written, wasDeleted: isFinished)
      return written
    } catch {
      if case .conflict = error { return nil }
      throw StatusError(error, type, stored.key.name)
    }
  }

  private func checkPreconditions(_ wanted: JSON, old: JSON) throws(StatusError) {
    let name = old.objectName
    if !wanted.objectUID.isEmpty, wanted.objectUID != old.objectUID {
      throw .conflict(
        type, name,
        "StorageError: invalid object, Code: 4, Key: \(type.qualifiedPlural)/\(name), ResourceVersion: 0, "
          + "AdditionalErrorMsg: Precondition failed: UID in precondition: \(wanted.objectUID), "
          + "UID in object meta: \(old.objectUID)")
    }
    if !wanted.objectRevision.isEmpty, wanted.objectRevision != old.objectRevision {
      throw .conflict(type, name)
    }
  }

  private func preparedForUpdate(
    _ wanted: JSON, old: JSON, _ part: WritablePart, recordingManager: Bool
  ) async throws(StatusError) -> JSON {
    var new = Self.carriedOver(wanted, old: old, part, resource)
    new = resource.schema.defaulting(new)
    if case .object = part { resource.strategy.prepareForUpdate(&new, old: old) }
    new = try await core.filledByAdmission(new, old: old, resource: resource)
    new = try await mutatedByWebhooks(new, old: old, operation: .update, subresource: part.subresource)
    if resource.countsGenerations, Self.desiredState(new, resource) != Self.desiredState(old, resource) {
      let generation = old[path: ["metadata", "generation"]]?.intValue ?? 0
      new[path: ["metadata", "generation"]] = .int(generation + 1)
    }
    switch part {
    case .object: try validate(new, old: old)
    case .status, .merged:
      let errors = resource.schema.validate(new, old: old)
      guard errors.isEmpty else { throw .invalid(type, new.objectName, errors) }
    }
    try await validatedByWebhooks(new, old: old, operation: .update, subresource: part.subresource)
    guard recordingManager, !Self.isSame(new, old) else { return new }
    return FieldOwnership.recordingUpdate(of: new, from: old, by: request, resource, subresource: part.subresource)
  }

  /// The new object with everything the old one keeps whatever a client says.
  private static func carriedOver(
    _ wanted: JSON, old: JSON, _ part: WritablePart, _ resource: ResourceDefinition
  ) -> JSON {
    var new = wanted
    switch part {
    case .object:
      if resource.hasStatus { new["status"] = old["status"] }
    case .status:
      new = old
      new["status"] = wanted["status"]
      new[path: ["metadata", "managedFields"]] = wanted[path: ["metadata", "managedFields"]]
    case .merged: break
    }
    for field in [
      "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "resourceVersion",
      "selfLink", "name", "namespace", "generateName",
    ] {
      new[path: ["metadata", field]] = old[path: ["metadata", field]]
    }
    // Who does not mention the record of owners keeps it; who sends an empty list clears it.
    if new[path: ["metadata", "managedFields"]] == nil {
      new[path: ["metadata", "managedFields"]] = old[path: ["metadata", "managedFields"]]
    }
    return new
  }

  /// What `metadata.generation` counts the changes of: all but metadata and status.
  private static func desiredState(_ object: JSON, _ resource: ResourceDefinition) -> JSON {
    guard case .object(var members) = object else { return object }
    members["metadata"] = nil
    if resource.hasStatus { members["status"] = nil }
    return .object(members)
  }

  /// A write that changes nothing but times in the record of owners is no write.
  static func isSame(_ left: JSON, _ right: JSON) -> Bool {
    func comparable(_ object: JSON) -> JSON {
      var object = object
      guard let entries = object[path: ["metadata", "managedFields"]]?.arrayValue else { return object }
      object[path: ["metadata", "managedFields"]] = .array(
        entries.map { entry in
          var entry = entry
          entry["time"] = nil
          return entry
        })
      return object
    }
    return comparable(left) == comparable(right)
  }
}
