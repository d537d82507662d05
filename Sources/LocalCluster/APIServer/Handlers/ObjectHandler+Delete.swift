import Foundation
import Kubernetes
import Web

extension ObjectHandler {
  private func options() async throws(StatusError) -> DeletionOptions {
    let bytes = try await request.body()
    let body: JSON =
      bytes.isEmpty
      ? [:] : try BodyParsing.object(bytes, contentType: request.http.headers.first(name: "Content-Type")) { _ in }
    return try DeletionOptions(body: body) { request.query($0) }
  }

  func delete() async throws(StatusError) -> HTTPResponse {
    let options = try await options()
    var handler = self
    handler.request.asksForDryRun = options.isDryRun
    return try await handler.delete(try name(), options)
  }

  /// The namespaces that the cluster itself lives in.
  private static let lastingNamespaces: Set = ["default", "kube-system", "kube-public", "kube-node-lease"]

  func delete(_ name: String, _ options: DeletionOptions) async throws(StatusError) -> HTTPResponse {
    if resource.storeName == "namespaces", Self.lastingNamespaces.contains(name) {
      throw .forbidden(type, name, "this namespace may not be deleted")
    }
    for attempt in 1... {
      let stored = try find(name)
      let object = try presentable(stored)
      if let uid = options.uid, uid != object.objectUID {
        throw .conflict(
          type, name,
          "the UID in the precondition (\(uid)) does not match the UID in record (\(object.objectUID)). "
            + "The object might have been deleted and then recreated")
      }
      if let version = options.resourceVersion, version != object.objectRevision {
        throw .conflict(
          type, name,
          "the ResourceVersion in the precondition (\(version)) does not match the ResourceVersion in record "
            + "(\(object.objectRevision)). The object might have been modified")
      }
      try await validatedByWebhooks(nil, old: object, operation: .delete)
      let step = Deletion.step(object, options, resource: resource, now: Timestamp.seconds())
      let isDryRun = try request.isDryRun()
      do {
        switch step {
        case .nothing: return try answer(stored)
        case .mark(let marked):
          if isDryRun { return try answer(marked) }
          let written = try await store.update(stored.key, asStored(marked), ifRevision: stored.revision)
          core.wrote(written, wasDeleted: false)
          return try answer(written)
        case .remove(let last):
          if !isDryRun {
            let removed = try await store.delete(stored.key, last: asStored(last), ifRevision: stored.revision)
            core.wrote(removed, wasDeleted: true)
          }
          return try deleted(last)
        }
      } catch let error as StoreError {
        if case .conflict = error, attempt < 10, options.resourceVersion == nil { continue }
        throw StatusError(error, type, name)
      } catch let error as StatusError {
        throw error
      } catch {
        throw .internalError("\(error)")
      }
    }
    throw .conflict(type, name)
  }

  /// Kinds whose deletion is answered with the object: typed clients expect it so.
  private static let answeredWithObject: Set = [
    "persistentvolumeclaims", "persistentvolumes", "pods", "serviceaccounts", "services",
    "storageclasses.storage.k8s.io",
  ]

  private func deleted(_ object: JSON) throws(StatusError) -> HTTPResponse {
    if Self.answeredWithObject.contains(resource.storeName) { return try answer(object) }
    var details: JSON = [
      "name": .string(object.objectName), "kind": .string(type.plural), "uid": .string(object.objectUID),
    ]
    if !type.group.isEmpty { details["group"] = .string(type.group) }
    let status: JSON = [
      "apiVersion": "v1", "kind": "Status", "metadata": [:], "status": "Success", "details": details,
    ]
    return .json(status.serialized())
  }

  func deleteCollection() async throws(StatusError) -> HTTPResponse {
    let options = try await options()
    let selection = try selection()
    let found: [StoredObject]
    do {
      found = try store.list(resource.storeName, namespace: scope).objects.filter(selection.matches)
    } catch {
      throw StatusError(error, type, "")
    }
    for object in found {
      var target = request.target
      target.namespace = object.key.namespace
      let one = ObjectHandler(
        core: core, resource: resource,
        request: APIRequest(
          http: request.http, target: target, verb: .delete, user: request.user, warnings: request.warnings,
          asksForDryRun: options.isDryRun))
      do {
        _ = try await one.delete(object.key.name, options)
      } catch {
        // Somebody else was quicker.
        guard error.code == 404 else { throw error }
      }
    }
    let status: JSON = [
      "apiVersion": "v1", "kind": "Status", "metadata": [:], "status": "Success",
      "details": ["kind": .string(type.plural), "group": .string(type.group)],
    ]
    return .json(status.serialized())
  }
}
