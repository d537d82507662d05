import Foundation
import Kubernetes
import Web

extension ObjectHandler {
  private enum PatchType: String {
    case json = "application/json-patch+json"
    case merge = "application/merge-patch+json"
    case strategic = "application/strategic-merge-patch+json"
    case apply = "application/apply-patch+yaml"
  }

  private func patchType() throws(StatusError) -> PatchType {
    let header = request.http.headers.first(name: "Content-Type")
    let accepted = [PatchType.json, .merge, .apply] + (resource.isCustom ? [] : [.strategic])
    let type = BodyParsing.mediaType(header)
    guard let patch = PatchType(rawValue: type), accepted.contains(patch) else {
      throw .unsupportedMediaType(type, accepted: accepted.map(\.rawValue))
    }
    return patch
  }

  func patch(_ part: WritablePart) async throws(StatusError) -> HTTPResponse {
    let kind = try patchType()
    let bytes = try await request.body()
    var duplicates: [String] = []
    let patch = try BodyParsing.object(bytes, contentType: kind.rawValue) { duplicates.append($0) }
    if kind == .apply { return try await apply(patch, part) }
    let changed = try await change(try name(), part) { old throws(StatusError) in
      let patched = try patched(old, patch, kind)
      return try checkedFields(try identified(patched), duplicates: duplicates)
    }
    return try answer(changed)
  }

  private func patched(_ old: JSON, _ patch: JSON, _ kind: PatchType) throws(StatusError) -> JSON {
    do {
      switch kind {
      case .json: return try JSONPatch.apply(patch, to: old)
      case .merge:
        guard case .object = patch else { throw StatusError.badRequest("a merge patch must be an object") }
        return MergePatch.apply(patch, to: old)
      case .strategic: return try StrategicMergePatch.apply(patch, to: old, schema: resource.schema)
      case .apply: return old
      }
    } catch let error as PatchError {
      switch error.kind {
      case .malformed: throw .badRequest("\(error)")
      case .tooLarge:
        throw StatusError(code: 413, reason: "RequestEntityTooLarge", message: "\(error)")
      case .notApplicable: throw StatusError(code: 422, reason: "Invalid", message: "\(error)")
      }
    } catch let error as StatusError {
      throw error
    } catch {
      throw .badRequest("\(error)")
    }
  }

  // MARK: Server-side apply

  private func apply(_ body: JSON, _ part: WritablePart) async throws(StatusError) -> HTTPResponse {
    let name = try name()
    guard let manager = request.query("fieldManager"), !manager.isEmpty else {
      throw .badRequest(
        "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch")
    }
    guard body[path: ["metadata", "managedFields"]]?.arrayValue?.isEmpty ?? true else {
      throw .badRequest("metadata.managedFields must be nil")
    }
    let configuration = try checkedFields(try identified(body))
    if store.get(key(name)) == nil {
      guard case .object = part else { throw .notFound(type, name) }
      try core.authorizeCreation(request)
      guard configuration.objectUID.isEmpty else {
        throw .conflict(
          type, name,
          "uid mismatch: the provided object specified uid \(configuration.objectUID), and no existing object was found"
        )
      }
      do {
        let merged = try applied(configuration, to: nil, part)
        return try answer(try await create(merged, recordingManager: false), status: 201)
      } catch {
        // Somebody else may have created it meanwhile: then this is a change of theirs.
        guard error.reason == "AlreadyExists" else { throw error }
      }
    }
    let changed = try await change(name, part, recordingManager: false) { old throws(StatusError) in
      var merged = try applied(configuration, to: old, part)
      merged[path: ["metadata", "resourceVersion"]] = configuration[path: ["metadata", "resourceVersion"]]
      return merged
    }
    return try answer(changed)
  }

  private func applied(_ configuration: JSON, to live: JSON?, _ part: WritablePart) throws(StatusError) -> JSON {
    try FieldOwnership.apply(
      configuration, to: live, resource, manager: request.fieldManager, force: request.flag("force"),
      subresource: part.subresource)
  }
}
