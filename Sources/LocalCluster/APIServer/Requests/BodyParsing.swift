import Foundation
import Kubernetes

/// The body of a request, parsed once: JSON and YAML become the same value.
enum BodyParsing {
  /// etcd's default limit of a request, which people's tools know (`Request entity too large: limit is 3145728`).
  static let limit = 3 << 20

  /// The media type of a `Content-Type` or one alternative of an `Accept` header, without its parameters.
  static func mediaType(_ header: String?) -> String {
    (header ?? "").prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
  }

  /// - Parameter duplicates: receives the path of each field that stands twice in one object.
  /// - Throws: 400 where the text is not what its type says, 415 for another type.
  static func object(
    _ bytes: [UInt8], contentType: String?, duplicates: (String) -> Void
  ) throws(StatusError) -> JSON {
    let type = mediaType(contentType)
    switch type {
    // Without a type it is JSON, as in Kubernetes.
    case "", "application/json", "application/json-patch+json", "application/merge-patch+json",
      "application/strategic-merge-patch+json":
      return try json(bytes, duplicates: duplicates)
    case "application/yaml", "text/yaml", "application/x-yaml", "application/apply-patch+yaml":
      return try YAMLParsing.json(bytes)
    case ProtobufReader.mediaType: return try ProtobufReader.object(bytes)
    default: throw .unsupportedMediaType(type, accepted: ["application/json", "application/yaml"])
    }
  }

  private static func json(_ bytes: [UInt8], duplicates: (String) -> Void) throws(StatusError) -> JSON {
    // The parser keeps the closure, so what it reports goes through an object.
    final class Found { var paths: [String] = [] }
    let found = Found()
    let value: JSON
    do {
      value = try JSON(parsing: bytes, duplicates: { found.paths.append($0) })
    } catch {
      throw .badRequest("the object provided is unrecognized: the body is \(error)")
    }
    found.paths.forEach(duplicates)
    return value
  }
}
