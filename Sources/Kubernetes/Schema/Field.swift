/// An optional field of a ``Declared`` structure.
@propertyWrapper
public struct Field<Value: SchemaType>: DeclaringField, Sendable, Equatable, Codable {
  public var wrappedValue: Value?
  let declaration: FieldDeclaration?

  public init() {
    wrappedValue = nil
    declaration = .when { FieldDeclaration(Value.schema, "", []) }
  }

  public init(_ documentation: String, _ constraints: Constraint...) {
    wrappedValue = nil
    declaration = .when { FieldDeclaration(Value.schema, documentation, constraints) }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    wrappedValue = container.decodeNil() ? nil : try container.decode(Value.self)
    declaration = nil
  }

  fileprivate init(absent: Void) {
    wrappedValue = nil
    declaration = nil
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
  }

  public static func == (left: Self, right: Self) -> Bool { left.wrappedValue == right.wrappedValue }
}

/// A field that every object must have.
@propertyWrapper
public struct Required<Value: SchemaType & DefaultInitializable>: DeclaringField, Sendable, Equatable, Codable {
  public var wrappedValue: Value
  let declaration: FieldDeclaration?

  public init() {
    wrappedValue = Value()
    declaration = .when { FieldDeclaration(Value.schema, "", [], isRequired: true) }
  }

  public init(_ documentation: String, _ constraints: Constraint...) {
    wrappedValue = Value()
    declaration = .when { FieldDeclaration(Value.schema, documentation, constraints, isRequired: true) }
  }

  public init(from decoder: any Decoder) throws {
    wrappedValue = try decoder.singleValueContainer().decode(Value.self)
    declaration = nil
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue)
  }

  public static func == (left: Self, right: Self) -> Bool { left.wrappedValue == right.wrappedValue }
}

/// A field with a default, which the schema declares and the API server fills in.
@propertyWrapper
public struct Defaulted<Value: SchemaType>: DeclaringField, Sendable, Equatable, Codable {
  public var wrappedValue: Value
  let declaration: FieldDeclaration?

  public init(_ documentation: String, _ value: Value, _ constraints: Constraint...) {
    wrappedValue = value
    declaration = .when {
      let encoded = (try? JSON(encoding: value)) ?? .null
      return FieldDeclaration(Value.schema, documentation, constraints + [.defaultValue(encoded)])
    }
  }

  public init(from decoder: any Decoder) throws {
    wrappedValue = try decoder.singleValueContainer().decode(Value.self)
    declaration = nil
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue)
  }

  public static func == (left: Self, right: Self) -> Bool { left.wrappedValue == right.wrappedValue }
}

// The compiler's synthesized `Codable` asks the container for each wrapper by its key. These overloads are more
// specific than the container's own: an absent optional field is nil, and an absent value is not written at all.
extension KeyedDecodingContainer {
  public func decode<Value>(_ type: Field<Value>.Type, forKey key: Key) throws -> Field<Value> {
    try decodeIfPresent(type, forKey: key) ?? Field(absent: ())
  }
}

extension KeyedEncodingContainer {
  public mutating func encode<Value>(_ field: Field<Value>, forKey key: Key) throws {
    if let value = field.wrappedValue { try encode(value, forKey: key) }
  }
}

/// A type with an empty value, which a required field starts from.
public protocol DefaultInitializable {
  init()
}
