import Foundation
import Kubernetes
import NIOHTTP1
import Web

/// Serves one request for one resource, whatever the resource is: everything particular to a kind is in its
/// ``ResourceDefinition``.
struct ObjectHandler: Sendable {
  let core: APICore
  let resource: ResourceDefinition
  var request: APIRequest

  var type: ResourceType { resource.type }
  var store: Store { core.store }
  var namespace: String { type.isNamespaced ? request.target.namespace ?? "" : "" }

  /// The name in the path.
  ///
  /// - Throws: 405 where the path is that of the collection.
  func name() throws(StatusError) -> String {
    guard let name = request.target.name else { throw .methodNotAllowed }
    return name
  }

  func key(_ name: String) -> StoreKey { resource.key(namespace, name) }

  func find(_ name: String) throws(StatusError) -> StoredObject {
    guard let object = store.get(key(name)) else { throw .notFound(type, name) }
    return object
  }

  func value(_ object: StoredObject) throws(StatusError) -> JSON {
    do {
      return try object.value()
    } catch {
      throw StatusError(error, type, object.key.name)
    }
  }

  /// The main verbs and the generic subresources.
  func respond() async throws(StatusError) -> HTTPResponse {
    if let warning = resource.deprecationWarning { request.warnings.add(warning) }
    switch request.target.subresource {
    case nil: return try await respondForObject()
    case "status" where resource.hasStatus:
      switch request.verb {
      case .get: return try get()
      case .update: return try await update(.status)
      case .patch: return try await patch(.status)
      default: throw .methodNotAllowed
      }
    case "scale" where resource.scale != nil: return try await scale()
    case .some(let subresource) where resource.otherSubresources.contains(subresource):
      return try await respondForSubresource(subresource)
    default: throw .noSuchPath
    }
  }

  private func respondForObject() async throws(StatusError) -> HTTPResponse {
    if resource.isTransient {
      guard request.verb == .create else { throw .methodNotAllowed }
      return try await review()
    }
    if type.isNamespaced, request.target.namespace == nil, request.verb != .list, request.verb != .watch {
      throw .methodNotAllowed
    }
    switch request.verb {
    case .get: return try get()
    case .list: return try list()
    case .watch: return try watch()
    case .create:
      guard request.target.name == nil else { throw .methodNotAllowed }
      return try await create()
    case .update: return try await update(.object)
    case .patch: return try await patch(.object)
    case .delete: return try await delete()
    case .deletecollection: return try await deleteCollection()
    }
  }
}
