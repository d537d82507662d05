/// Any JSON value, as the Kubernetes API carries it.
///
/// Whole numbers and fractions stay apart (`1` is not `1.0`), because schemas tell `integer` from `number`, and objects
/// are dictionaries because JSON gives the order of members no meaning; serialization sorts them, so equal values
/// have equal bytes.
public enum JSON: Sendable, Hashable {
  case null
  case bool(Bool)
  case int(Int64)
  case double(Double)
  case string(String)
  case array([JSON])
  case object([String: JSON])
}

extension JSON {
  public var isNull: Bool { self == .null }

  public var boolValue: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  public var intValue: Int64? {
    if case .int(let value) = self { value } else { nil }
  }

  public var stringValue: String? {
    if case .string(let value) = self { value } else { nil }
  }

  public var arrayValue: [JSON]? {
    if case .array(let value) = self { value } else { nil }
  }

  public var objectValue: [String: JSON]? {
    if case .object(let value) = self { value } else { nil }
  }

  /// The member of an object, or nil where there is none or this is no object. Assigning nil removes the member;
  /// assigning to a member of `null` makes an object of it, and anything else is left as it is.
  public subscript(_ key: String) -> JSON? {
    get { objectValue?[key] }
    set {
      switch self {
      case .object(var members):
        self = .null  // gives up the storage, so that the mutation below is in place
        members[key] = newValue
        self = .object(members)
      case .null:
        if let newValue { self = .object([key: newValue]) }
      default:
        break
      }
    }
  }

  /// The value below a path of object members, such as `["metadata", "name"]`.
  public subscript(path path: [String]) -> JSON? {
    get {
      var value = self
      for key in path {
        guard let next = value[key] else { return nil }
        value = next
      }
      return value
    }
    set {
      guard let key = path.first else {
        self = newValue ?? .null
        return
      }
      if path.count == 1 {
        self[key] = newValue
        return
      }
      if self[key] == nil && newValue == nil { return }
      var child = self[key] ?? .object([:])
      child[path: Array(path.dropFirst())] = newValue
      self[key] = child
    }
  }

  /// The name of the value's type as Kubernetes' messages have it.
  public var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .int: "integer"
    case .double: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }
}

// No `ExpressibleByNilLiteral`: where a `JSON?` is meant, `nil` would silently become `null`.
extension JSON: ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int64) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(Dictionary(elements, uniquingKeysWith: { _, last in last }))
  }
}
