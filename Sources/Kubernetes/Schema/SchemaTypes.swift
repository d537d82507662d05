extension String: SchemaType, DefaultInitializable {
  public static var schema: Schema { Schema(.string) }
}

extension Bool: SchemaType, DefaultInitializable {
  public static var schema: Schema { Schema(.boolean) }
}

extension Int: SchemaType, DefaultInitializable {
  public static var schema: Schema {
    var schema = Schema(.integer)
    schema.format = "int64"
    return schema
  }
}

extension Double: SchemaType, DefaultInitializable {
  public static var schema: Schema { Schema(.number) }
}

extension JSON: SchemaType, DefaultInitializable {
  public static var schema: Schema { .anything }
  public init() { self = .object([:]) }
}

extension Array: SchemaType where Element: SchemaType {
  public static var schema: Schema { .list(of: Element.schema) }
}
extension Array: DefaultInitializable {}

extension Dictionary: SchemaType where Key == String, Value: SchemaType {
  public static var schema: Schema { .map(of: Value.schema) }
}
extension Dictionary: DefaultInitializable {}

/// An integer or a string, as in a port's name or number.
public enum IntOrString: SchemaType, Hashable, CustomStringConvertible {
  case int(Int)
  case string(String)

  public static var schema: Schema {
    var schema = Schema()
    schema.intOrString = true
    return schema
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Int.self) {
      self = .int(value)
    } else {
      self = .string(try container.decode(String.self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .int(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    }
  }

  public var description: String {
    switch self {
    case .int(let value): String(value)
    case .string(let value): value
    }
  }
}

/// The schema of an enumeration of strings lists its cases.
extension SchemaType where Self: RawRepresentable & CaseIterable, RawValue == String {
  public static var schema: Schema {
    var schema = Schema(.string)
    schema.enumeration = allCases.map { .string($0.rawValue) }
    return schema
  }
}
