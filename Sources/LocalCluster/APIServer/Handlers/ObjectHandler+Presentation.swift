import Foundation
import Kubernetes
import NIOHTTP1
import Web

/// The form in which a client wants its answer, from `Accept`.
enum Presentation: Sendable, Equatable {
  case object
  case table
  case partialMetadata
}

extension APIRequest {
  /// - Throws: 406 where the client accepts nothing that can be made.
  func presentation() throws(StatusError) -> Presentation {
    let header = http.headers[canonicalForm: "accept"]
    guard !header.isEmpty else { return .object }
    for alternative in header {
      let parts = alternative.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
      guard let type = parts.first?.lowercased() else { continue }
      let isJSON = ["application/json", "*/*", "application/*", "application/json;stream=watch"].contains(type)
      guard isJSON else { continue }
      let parameters = Dictionary(
        parts.dropFirst().map { part in
          let pair = part.split(separator: "=", maxSplits: 1)
          return (String(pair.first ?? ""), String(pair.count > 1 ? pair[1] : ""))
        }, uniquingKeysWith: { first, _ in first })
      guard let form = parameters["as"] else { return .object }
      guard parameters["g"] == "meta.k8s.io", parameters["v"] == "v1" else { continue }
      switch form {
      case "Table": return .table
      case "PartialObjectMetadata", "PartialObjectMetadataList": return .partialMetadata
      default: continue
      }
    }
    throw StatusError(
      code: 406, reason: "NotAcceptable",
      message: "only the following media types are accepted: application/json")
  }
}

extension ObjectHandler {
  /// The text of a stored object as this version of its resource.
  func body(_ object: StoredObject) throws(StatusError) -> [UInt8] {
    guard resource.hasOtherVersions else { return object.body }
    return try presentable(object).serialized()
  }

  func presentable(_ object: StoredObject) throws(StatusError) -> JSON {
    var value = try value(object)
    if resource.hasOtherVersions { value["apiVersion"] = .string(type.apiVersion) }
    return value
  }

  /// An object as it is written: in the version that its resource is stored in.
  func asStored(_ object: JSON) -> JSON {
    var object = object
    object["apiVersion"] = .string(resource.storedAPIVersion)
    return object
  }

  /// Answers with one object in the form the client asked for.
  func answer(_ object: StoredObject, status: Int = 200) throws(StatusError) -> HTTPResponse {
    switch try request.presentation() {
    case .object: return .json(try body(object), status: status)
    case .table, .partialMetadata: return try answer(presentable(object), status: status)
    }
  }

  func answer(_ object: JSON, status: Int = 200) throws(StatusError) -> HTTPResponse {
    switch try request.presentation() {
    case .object: return .json(object.serialized(), status: status)
    case .partialMetadata: return .json(Table.partial(object).serialized(), status: status)
    case .table:
      let metadata: JSON = ["resourceVersion": .string(object.objectRevision)]
      return .json(try table([object], metadata: metadata).serialized(), status: status)
    }
  }

  func table(_ objects: [JSON], metadata: JSON, withDefinitions: Bool = true) throws(StatusError) -> JSON {
    let wanted = request.query("includeObject") ?? ""
    guard let include = wanted.isEmpty ? .metadata : Table.Include(rawValue: wanted) else {
      throw .badRequest(
        "includeObject: Unsupported value: \"\(wanted)\": supported values: \"Metadata\", \"None\", \"Object\"")
    }
    return Table.make(
      objects, columns: resource.columns, include: include, metadata: metadata, withDefinitions: withDefinitions)
  }
}
