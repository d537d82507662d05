/// Encodes typed values as JSON in memory, the counterpart of ``JSONValueDecoder``. Foundation's encoder makes bytes, which
/// would be parsed again; that was a quarter of what the operator did while a cluster was made.
///
/// Keys of the path are not kept: they would only be named in errors, and the API's types cause none.
final class JSONValueEncoder: Encoder {
  /// The members of one object. Those that were asked for as containers of their own are complete only in the end.
  fileprivate final class Members {
    var values: [String: JSON] = [:]
    var nested: [(key: String, encoder: JSONValueEncoder)] = []
  }

  fileprivate final class Elements {
    var values: [JSON] = []
    var nested: [(index: Int, encoder: JSONValueEncoder)] = []
  }

  private enum Content {
    case nothing
    case value(JSON)
    case members(Members)
    case elements(Elements)
  }

  private var content = Content.nothing

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  /// What was encoded.
  var json: JSON {
    switch content {
    case .nothing: return .object([:])
    case .value(let value): return value
    case .members(let members):
      for (key, encoder) in members.nested { members.values[key] = encoder.json }
      return .object(members.values)
    case .elements(let elements):
      for (index, encoder) in elements.nested { elements.values[index] = encoder.json }
      return .array(elements.values)
    }
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    if case .members(let members) = content { return KeyedEncodingContainer(MemberEncoder(members: members)) }
    let members = Members()
    content = .members(members)
    return KeyedEncodingContainer(MemberEncoder(members: members))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    if case .elements(let elements) = content { return ElementEncoder(elements: elements) }
    let elements = Elements()
    content = .elements(elements)
    return ElementEncoder(elements: elements)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { self }

  func set(_ value: JSON) { content = .value(value) }

  fileprivate static func encode(_ value: some Encodable) throws -> JSON {
    let encoder = JSONValueEncoder()
    try value.encode(to: encoder)
    return encoder.json
  }

  fileprivate static func number(_ value: some BinaryInteger) -> JSON {
    Int64(exactly: value).map { .int($0) } ?? .double(Double(value))
  }

  /// Whole numbers are whole, as they are when they are written out without a fraction and read again.
  fileprivate static func number(_ value: Double) throws -> JSON {
    guard value.isFinite else {
      throw EncodingError.invalidValue(value, .init(codingPath: [], debugDescription: "\(value) is no number in JSON."))
    }
    if abs(value) < 1e16, let whole = Int64(exactly: value) { return .int(whole) }
    return .double(value)
  }
}

extension JSONValueEncoder: SingleValueEncodingContainer {
  func encodeNil() { set(.null) }
  func encode(_ value: Bool) { set(.bool(value)) }
  func encode(_ value: String) { set(.string(value)) }
  func encode(_ value: Double) throws { set(try Self.number(value)) }
  func encode(_ value: Float) throws { set(try Self.number(Double(value))) }
  func encode(_ value: Int) { set(Self.number(value)) }
  func encode(_ value: Int8) { set(Self.number(value)) }
  func encode(_ value: Int16) { set(Self.number(value)) }
  func encode(_ value: Int32) { set(Self.number(value)) }
  func encode(_ value: Int64) { set(Self.number(value)) }
  func encode(_ value: UInt) { set(Self.number(value)) }
  func encode(_ value: UInt8) { set(Self.number(value)) }
  func encode(_ value: UInt16) { set(Self.number(value)) }
  func encode(_ value: UInt32) { set(Self.number(value)) }
  func encode(_ value: UInt64) { set(Self.number(value)) }
  func encode<Value: Encodable>(_ value: Value) throws { try value.encode(to: self) }
}

private struct MemberEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let members: JSONValueEncoder.Members
  var codingPath: [any CodingKey] { [] }

  private func set(_ value: JSON, _ key: Key) { members.values[key.stringValue] = value }

  func encodeNil(forKey key: Key) { set(.null, key) }
  func encode(_ value: Bool, forKey key: Key) { set(.bool(value), key) }
  func encode(_ value: String, forKey key: Key) { set(.string(value), key) }
  func encode(_ value: Double, forKey key: Key) throws { set(try JSONValueEncoder.number(value), key) }
  func encode(_ value: Float, forKey key: Key) throws { set(try JSONValueEncoder.number(Double(value)), key) }
  func encode(_ value: Int, forKey key: Key) { set(JSONValueEncoder.number(value), key) }
  func encode(_ value: Int8, forKey key: Key) { set(JSONValueEncoder.number(value), key) }
  func encode(_ value: Int16, forKey key: Key) { set(JSONValueEncoder.number(value), key) }
  func encode(_ value: Int32, forKey key: Key) { set(JSONValueEncoder.number(value), key) }
  func encode(_ value: Int64, forKey key: Key) { set(JSONValueEncoder.number(value), key) }
  func encode(_ value: UInt, forKey key: Key) { set(JSONValueEncoder.number(value), key) }
  func encode(_ value: UInt8, forKey key: Key) { set(JSONValueEncoder.number(value), key) }
  func encode(_ value: UInt16, forKey key: Key) { set(JSONValueEncoder.number(value), key) }
  func encode(_ value: UInt32, forKey key: Key) { set(JSONValueEncoder.number(value), key) }
  func encode(_ value: UInt64, forKey key: Key) { set(JSONValueEncoder.number(value), key) }
  func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
    set(try JSONValueEncoder.encode(value), key)
  }

  private func nested(_ key: String) -> JSONValueEncoder {
    let encoder = JSONValueEncoder()
    members.nested.append((key, encoder))
    return encoder
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    nested(key.stringValue).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    nested(key.stringValue).unkeyedContainer()
  }

  func superEncoder() -> any Encoder { nested("super") }
  func superEncoder(forKey key: Key) -> any Encoder { nested(key.stringValue) }
}

private struct ElementEncoder: UnkeyedEncodingContainer {
  let elements: JSONValueEncoder.Elements
  var codingPath: [any CodingKey] { [] }
  var count: Int { elements.values.count }

  private func add(_ value: JSON) { elements.values.append(value) }

  func encodeNil() { add(.null) }
  func encode(_ value: Bool) { add(.bool(value)) }
  func encode(_ value: String) { add(.string(value)) }
  func encode(_ value: Double) throws { add(try JSONValueEncoder.number(value)) }
  func encode(_ value: Float) throws { add(try JSONValueEncoder.number(Double(value))) }
  func encode(_ value: Int) { add(JSONValueEncoder.number(value)) }
  func encode(_ value: Int8) { add(JSONValueEncoder.number(value)) }
  func encode(_ value: Int16) { add(JSONValueEncoder.number(value)) }
  func encode(_ value: Int32) { add(JSONValueEncoder.number(value)) }
  func encode(_ value: Int64) { add(JSONValueEncoder.number(value)) }
  func encode(_ value: UInt) { add(JSONValueEncoder.number(value)) }
  func encode(_ value: UInt8) { add(JSONValueEncoder.number(value)) }
  func encode(_ value: UInt16) { add(JSONValueEncoder.number(value)) }
  func encode(_ value: UInt32) { add(JSONValueEncoder.number(value)) }
  func encode(_ value: UInt64) { add(JSONValueEncoder.number(value)) }
  func encode<Value: Encodable>(_ value: Value) throws { add(try JSONValueEncoder.encode(value)) }

  private func nested() -> JSONValueEncoder {
    let encoder = JSONValueEncoder()
    elements.nested.append((count, encoder))
    add(.null)
    return encoder
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    nested().container(keyedBy: type)
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { nested().unkeyedContainer() }
  func superEncoder() -> any Encoder { nested() }
}
