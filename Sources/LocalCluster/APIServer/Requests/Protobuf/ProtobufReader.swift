import Foundation
import Kubernetes

/// Reads Kubernetes' protobuf encoding of objects into JSON.
struct ProtobufReader {
  struct Malformed: Error, CustomStringConvertible {
    let description: String
  }

  static let mediaType = "application/vnd.kubernetes.protobuf"
  /// Messages may contain themselves only so deep.
  private static let deepestNesting = 64
  /// What every encoded object begins with.
  private static let magic = Array("k8s\0".utf8)

  private let table = ProtobufTable.shared

  /// The object in a request's body: an envelope (`runtime.Unknown`) of type and message.
  ///
  /// - Throws: 400 where it cannot be read, 415 for a kind that is not known in this encoding.
  static func object(_ bytes: [UInt8]) throws(StatusError) -> JSON {
    do {
      guard bytes.starts(with: magic) else { throw Malformed(description: "it does not begin as one") }
      return try ProtobufReader().envelope(bytes[4...])
    } catch let error as StatusError {
      throw error
    } catch {
      throw .badRequest("the object provided is unrecognized: the protobuf message cannot be read: \(error)")
    }
  }

  private func envelope(_ bytes: ArraySlice<UInt8>) throws -> JSON {
    var apiVersion = ""
    var kind = ""
    var raw: ArraySlice<UInt8> = []
    for (number, value) in try WireFields(bytes) {
      guard case .bytes(let content) = value else { continue }
      switch number {
      case 1:
        for (number, value) in try WireFields(content) {
          guard case .bytes(let text) = value else { continue }
          if number == 1 { apiVersion = try string(text) } else if number == 2 { kind = try string(text) }
        }
      case 2: raw = content
      default: break
      }
    }
    let group = apiVersion.contains("/") ? String(apiVersion.prefix { $0 != "/" }) : ""
    let short = String(group.prefix { $0 != "." })
    // The table names messages of the core group and of metadata without a prefix.
    let name = [kind, "\(short).\(kind)"].first { name in
      table.messages[name] != nil && (short.isEmpty || name != kind || kind == "DeleteOptions")
    }
    guard let name else {
      throw StatusError.unsupportedMediaType(
        "\(Self.mediaType) of \(apiVersion) \(kind)", accepted: ["application/json", "application/yaml"])
    }
    var object = try message(raw, name, depth: 0)
    object["apiVersion"] = .string(apiVersion)
    object["kind"] = .string(kind)
    return .object(object)
  }

  private func message(_ bytes: ArraySlice<UInt8>, _ name: String, depth: Int) throws -> [String: JSON] {
    guard depth < Self.deepestNesting else { throw Malformed(description: "nested too deep") }
    guard let fields = table.messages[name] else { throw Malformed(description: "an unknown message \(name)") }
    var members: [String: JSON] = [:]
    for (number, value) in try WireFields(bytes) {
      // A field of a newer version.
      guard let field = fields[number] else { continue }
      if field.isInline {
        guard case .bytes(let content) = value else { continue }
        members.merge(try message(content, field.type, depth: depth + 1)) { _, last in last }
        continue
      }
      switch field.shape {
      case .one:
        guard let decoded = try decoded(value, field.type, depth: depth), field.keepsZero || !Self.isZero(decoded)
        else {
          continue
        }
        members[field.name] = decoded
      case .list:
        let decoded = try decoded(value, field.type, depth: depth) ?? .object([:])
        members[field.name] = .array((members[field.name]?.arrayValue ?? []) + [decoded])
      case .map:
        guard case .bytes(let entry) = value else { throw Malformed(description: "\(field.name) is no map") }
        let (key, decoded) = try mapEntry(entry, field.type, depth: depth)
        var map = members[field.name] ?? .object([:])
        map[key] = decoded
        members[field.name] = map
      }
    }
    return members
  }

  private func mapEntry(_ bytes: ArraySlice<UInt8>, _ type: String, depth: Int) throws -> (String, JSON) {
    var key = ""
    var decodedValue: JSON?
    for (number, value) in try WireFields(bytes) {
      if number == 1, case .bytes(let text) = value { key = try string(text) }
      if number == 2 { decodedValue = try decoded(value, type, depth: depth) }
    }
    return (key, decodedValue ?? (type == "s" || type == "y" ? "" : .object([:])))
  }

  /// What Go leaves out of JSON (`omitempty`) but always writes in protobuf.
  private static func isZero(_ value: JSON) -> Bool {
    switch value {
    case .string(let text): text.isEmpty
    case .int(let number): number == 0
    case .bool(let flag): !flag
    default: false
    }
  }

  /// - Returns: nil for a value that means absence, such as an empty time.
  private func decoded(_ value: WireFields.Value, _ type: String, depth: Int) throws -> JSON? {
    switch (type, value) {
    case ("s", .bytes(let bytes)): return .string(try string(bytes))
    case ("y", .bytes(let bytes)): return .string(Data(bytes).base64EncodedString())
    case ("i", .number(let number)): return .int(Int64(bitPattern: number))
    case ("b", .number(let number)): return .bool(number != 0)
    case ("d", .number(let number)): return .double(Double(bitPattern: number))
    case ("Time", .bytes(let bytes)), ("MicroTime", .bytes(let bytes)):
      return try time(bytes, hasFraction: type == "MicroTime")
    case ("Quantity", .bytes(let bytes)): return .string(try text(bytes, field: 1))
    case ("Raw", .bytes(let bytes)):
      let content = try text(bytes, field: 1)
      return content.isEmpty ? nil : try JSON(parsing: content)
    case ("IntOrString", .bytes(let bytes)): return try intOrString(bytes)
    case ("ExtraValue", .bytes(let bytes)):
      return .array(
        try WireFields(bytes).compactMap { _, value in
          guard case .bytes(let text) = value else { return nil }
          return .string(try string(text))
        })
    case (_, .bytes(let bytes)): return .object(try message(bytes, type, depth: depth + 1))
    case (_, .number): throw Malformed(description: "a number where \(type) should be")
    }
  }

  private func string(_ bytes: ArraySlice<UInt8>) throws -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw Malformed(description: "text is not UTF-8") }
    return text
  }

  private func text(_ bytes: ArraySlice<UInt8>, field: Int) throws -> String {
    for (number, value) in try WireFields(bytes) {
      if number == field, case .bytes(let text) = value { return try string(text) }
    }
    return ""
  }

  private func time(_ bytes: ArraySlice<UInt8>, hasFraction: Bool) throws -> JSON? {
    var seconds: Int64 = 0
    var nanos: Int64 = 0
    var isPresent = false
    for (number, value) in try WireFields(bytes) {
      guard case .number(let content) = value else { continue }
      isPresent = true
      if number == 1 { seconds = Int64(bitPattern: content) } else { nanos = Int64(bitPattern: content) }
    }
    // Year 9999: dates beyond it have no RFC 3339 text.
    guard isPresent, (-62_135_596_800...253_402_300_799).contains(seconds) else { return nil }
    let date = Date(timeIntervalSince1970: Double(seconds) + Double(nanos) / 1e9)
    return .string(hasFraction ? Timestamp.microseconds(date) : Timestamp.seconds(date))
  }

  private func intOrString(_ bytes: ArraySlice<UInt8>) throws -> JSON {
    var isString = false
    var number: Int64 = 0
    var content = ""
    for (field, value) in try WireFields(bytes) {
      switch (field, value) {
      case (1, .number(let type)): isString = type == 1
      case (2, .number(let value)): number = Int64(bitPattern: value)
      case (3, .bytes(let bytes)): content = try string(bytes)
      default: break
      }
    }
    return isString ? .string(content) : .int(number)
  }
}
