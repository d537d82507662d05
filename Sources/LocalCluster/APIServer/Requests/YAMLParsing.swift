import Foundation
import Kubernetes
import Yams

/// YAML as the API reads manifests: the 1.2 core schema, one document.
enum YAMLParsing {
  /// So large an object may be, in about the bytes that it takes in JSON, once its aliases are written out: without any
  /// it is smaller, and with them a few hundred bytes can stand for billions.
  static let largest = 2 * BodyParsing.limit

  /// - Throws: 400 where the text is no YAML, is nested too deep, or too large once aliases are written out.
  static func json(_ bytes: [UInt8]) throws(StatusError) -> JSON {
    // kubectl sends JSON as YAML, which it is; texts in it may look like anything.
    if bytes.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) == UInt8(ascii: "{"),
      let json = try? JSON(parsing: bytes)
    {
      return json
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .badRequest("error parsing YAML: the body is not UTF-8")
    }
    // Yams compares the keys of a mapping by everything that they stand for.
    guard !hasAnchorsAndUnusualKeys(bytes) else {
      throw .badRequest(
        "error parsing YAML: an anchor, and a key that is not a plain text: write the values out, or send JSON")
    }
    do {
      guard let node = try Yams.compose(yaml: text) else {
        throw StatusError.badRequest("error parsing YAML: no value")
      }
      var size = 0
      return try JSON(yaml: node, depth: 0, size: &size)
    } catch let error as StatusError {
      throw error
    } catch {
      throw .badRequest("error parsing YAML: \(error)")
    }
  }

  /// Whether the text may hold an anchor (`&name`) as well as a key that is an alias (`*name:`), a collection (`]:`) or
  /// marked as a key (`? `). Looks at characters only, so it may be mistaken about texts inside of values.
  private static func hasAnchorsAndUnusualKeys(_ bytes: [UInt8]) -> Bool {
    func isName(_ index: Int) -> Bool {
      guard bytes.indices.contains(index) else { return false }
      switch bytes[index] {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        return true
      default: return false
      }
    }
    func isBlank(_ index: Int) -> Bool { index >= bytes.count || [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) }
    func begins(_ index: Int) -> Bool { index == 0 || isBlank(index - 1) || "[{,".utf8.contains(bytes[index - 1]) }
    func colonFollows(_ index: Int) -> Bool {
      var index = index
      while index < bytes.count, isBlank(index) { index += 1 }
      return index < bytes.count && bytes[index] == UInt8(ascii: ":")
    }
    var (hasAnchor, hasKey) = (false, false)
    for (index, byte) in bytes.enumerated() {
      switch byte {
      case UInt8(ascii: "&"): hasAnchor = hasAnchor || isName(index + 1) && begins(index)
      case UInt8(ascii: "?"): hasKey = hasKey || isBlank(index + 1) && begins(index)
      case UInt8(ascii: "]"), UInt8(ascii: "}"): hasKey = hasKey || colonFollows(index + 1)
      case UInt8(ascii: "*") where !hasKey && isName(index + 1):
        var end = index + 1
        while isName(end) { end += 1 }
        hasKey = colonFollows(end)
      default: break
      }
      if hasAnchor, hasKey { return true }
    }
    return false
  }
}

extension JSON {
  /// The JSON that a YAML node stands for.
  ///
  /// - Parameter size: of what came before; this node's is added.
  /// - Throws: ``StatusError`` 400 for keys that are no scalars, for nesting beyond the limit of JSON and for too much of
  ///   it.
  fileprivate init(yaml node: Yams.Node, depth: Int, size: inout Int) throws {
    guard depth < Self.deepestNesting else {
      throw StatusError.badRequest("error parsing YAML: nested deeper than \(Self.deepestNesting)")
    }
    size += 4 + (node.scalar?.string.utf8.count ?? 0)
    guard size <= YAMLParsing.largest else {
      throw StatusError.badRequest(
        "error parsing YAML: larger than \(YAMLParsing.largest) once all aliases are written out")
    }
    switch node {
    case .mapping(let mapping):
      var members: [String: JSON] = [:]
      for (key, value) in mapping {
        guard let name = key.scalar?.string else {
          throw StatusError.badRequest("error parsing YAML: a key that is not a text")
        }
        size += name.utf8.count
        members[name] = try JSON(yaml: value, depth: depth + 1, size: &size)
      }
      self = .object(members)
    case .sequence(let sequence):
      self = .array(try sequence.map { try JSON(yaml: $0, depth: depth + 1, size: &size) })
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
