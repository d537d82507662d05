import Foundation
import Kubernetes
import Yams

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
    case "application/yaml", "text/yaml", "application/x-yaml", "application/apply-patch+yaml": return try yaml(bytes)
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

  private static func yaml(_ bytes: [UInt8]) throws(StatusError) -> JSON {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .badRequest("error parsing YAML: the body is not UTF-8")
    }
    do {
      guard let node = try Yams.compose(yaml: text) else {
        throw StatusError.badRequest("error parsing YAML: no value")
      }
      return try JSON(yaml: node, depth: 0)
    } catch let error as StatusError {
      throw error
    } catch {
      throw .badRequest("error parsing YAML: \(error)")
    }
  }
}

extension JSON {
  /// The JSON that a YAML node stands for (YAML 1.2 core schema, as the API reads manifests).
  ///
  /// - Throws: ``StatusError`` 400 for keys that are no scalars and for nesting beyond the limit of JSON.
  fileprivate init(yaml node: Yams.Node, depth: Int) throws {
    guard depth < Self.deepestNesting else {
      throw StatusError.badRequest("error parsing YAML: nested deeper than \(Self.deepestNesting)")
    }
    switch node {
    case .mapping(let mapping):
      var members: [String: JSON] = [:]
      for (key, value) in mapping {
        guard let name = key.scalar?.string else {
          throw StatusError.badRequest("error parsing YAML: a key that is not a text")
        }
        members[name] = try JSON(yaml: value, depth: depth + 1)
      }
      self = .object(members)
    case .sequence(let sequence):
      self = .array(try sequence.map { try JSON(yaml: $0, depth: depth + 1) })
    case .scalar(let scalar):
      if scalar.style != .plain || node.tag == .init(.str) {
        self = .string(scalar.string)
      } else {
        self = JSON(plainYAML: node, text: scalar.string)
      }
    case .alias:
      throw StatusError.badRequest("error parsing YAML: an alias without its anchor")
    }
  }

  private init(plainYAML node: Yams.Node, text: String) {
    if node.null != nil {
      self = .null
    } else if let value = node.bool, ["true", "false", "True", "False", "TRUE", "FALSE"].contains(text) {
      self = .bool(value)
    } else if let value = Int64(text) {
      self = .int(value)
    } else if let number = try? JSON(parsing: text), case .double = number {
      self = number
    } else {
      self = .string(text)
    }
  }
}
