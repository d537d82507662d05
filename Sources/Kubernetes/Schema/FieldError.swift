/// What is wrong with one field of an object, in Kubernetes' words (`k8s.io/apimachinery/pkg/util/validation/field`).
public struct FieldError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The raw value is the `reason` of the cause in a Status.
  public enum Kind: String, Sendable, Hashable {
    case required = "FieldValueRequired"
    case invalid = "FieldValueInvalid"
    case typeInvalid = "FieldValueTypeInvalid"
    case notSupported = "FieldValueNotSupported"
    case notFound = "FieldValueNotFound"
    case duplicate = "FieldValueDuplicate"
    case forbidden = "FieldValueForbidden"
    case tooLong = "FieldValueTooLong"
    case tooMany = "FieldValueTooMany"
    case internalError = "InternalError"

    /// How a message begins.
    public var title: String {
      switch self {
      case .required: "Required value"
      case .invalid, .typeInvalid: "Invalid value"
      case .notSupported: "Unsupported value"
      case .notFound: "Not found"
      case .duplicate: "Duplicate value"
      case .forbidden: "Forbidden"
      case .tooLong: "Too long"
      case .tooMany: "Too many"
      case .internalError: "Internal error"
      }
    }

    var showsValue: Bool {
      switch self {
      case .required, .forbidden, .tooLong, .internalError: false
      default: true
      }
    }
  }

  /// `spec.containers[0].image`. Kubernetes calls the path of errors about no field in particular `<nil>`.
  public var path: String
  public var kind: Kind
  public var badValue: JSON
  /// What the value should have been; may be empty.
  public var detail: String

  public init(_ path: String, _ kind: Kind, _ badValue: JSON = .null, _ detail: String = "") {
    self.path = path.isEmpty ? "<nil>" : path
    self.kind = kind
    self.badValue = badValue
    self.detail = detail
  }

  public static func required(_ path: String, _ detail: String = "") -> Self { Self(path, .required, .null, detail) }

  public static func invalid(_ path: String, _ value: JSON, _ detail: String) -> Self {
    Self(path, .invalid, value, detail)
  }

  public static func forbidden(_ path: String, _ detail: String) -> Self { Self(path, .forbidden, .null, detail) }

  public static func duplicate(_ path: String, _ value: JSON) -> Self { Self(path, .duplicate, value) }

  public static func notSupported(_ path: String, _ value: JSON, _ allowed: [String]) -> Self {
    let list = allowed.map(goQuoted).joined(separator: ", ")
    return Self(path, .notSupported, value, allowed.isEmpty ? "" : "supported values: \(list)")
  }

  /// `Invalid value: 0: should be greater…`: the message without its path, a cause's `message` in a Status.
  public var body: String {
    var text = kind.title
    if kind.showsValue { text += ": \(Self.printed(badValue))" }
    if !detail.isEmpty { text += ": \(detail)" }
    return text
  }

  /// `spec.instances: Invalid value: 0: …`.
  public var message: String { "\(path): \(body)" }

  public var description: String { message }

  /// One of the `details.causes` of a Status with the reason Invalid.
  public var cause: JSON {
    ["reason": .string(kind.rawValue), "message": .string(body), "field": .string(path)]
  }

  private static func printed(_ value: JSON) -> String {
    switch value {
    case .null: "\"null\""
    case .string(let text): goQuoted(text)
    case .double(let number): goFloat(number)
    default: value.text
    }
  }
}

extension [FieldError] {
  /// `Cluster.postgresql.cnpg.io "demo" is invalid: [a, b]`, the message of a Status with the reason Invalid.
  public func aggregateMessage(kind: String, group: String, name: String) -> String {
    "\(group.isEmpty ? kind : "\(kind).\(group)") \(goQuoted(name)) is invalid: \(aggregateMessage)"
  }

  /// `a`, or `[a, b]` when there are several; a message that repeats stands once.
  public var aggregateMessage: String {
    var seen: Set<String> = []
    let messages = map(\.message).filter { seen.insert($0).inserted }
    return messages.count == 1 ? messages[0] : "[\(messages.joined(separator: ", "))]"
  }
}
