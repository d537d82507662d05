/// The structural schema of a value: one declaration from which come CRDs, OpenAPI documents, defaulting, pruning,
/// validation, patch semantics and reference documentation.
///
/// The subset of OpenAPI v3 is the one Kubernetes calls structural
/// (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema).
public struct Schema: Sendable, Hashable {
  public enum ValueType: String, Sendable, Hashable, Codable {
    case object, array, string, integer, number, boolean
  }

  /// How server-side apply and strategic merge treat a list.
  public enum ListType: Sendable, Hashable {
    /// Replaced as a whole.
    case atomic
    /// Scalars without repetition.
    case set
    /// Objects told apart by the members named here.
    case map(keys: [String])
  }

  /// A rule in the Common Expression Language, `x-kubernetes-validations`.
  public struct Rule: Sendable, Hashable {
    public var rule: String
    public var message: String?
    public var messageExpression: String?
    public var reason: String?
    public var fieldPath: String?

    public init(
      _ rule: String, message: String? = nil, messageExpression: String? = nil, reason: String? = nil,
      fieldPath: String? = nil
    ) {
      self.rule = rule
      self.message = message
      self.messageExpression = messageExpression
      self.reason = reason
      self.fieldPath = fieldPath
    }
  }

  public var type: ValueType?
  public var description: String?
  public var format: String?
  public var properties: [String: Schema] = [:]
  public var required: [String] = []
  /// The schema of an object's values where its keys are free.
  public var additionalProperties: Box?
  public var items: Box?
  public var defaultValue: JSON?
  public var enumeration: [JSON] = []
  public var pattern: String?
  public var minimum: Double?
  public var maximum: Double?
  public var exclusiveMinimum = false
  public var exclusiveMaximum = false
  public var multipleOf: Double?
  public var minLength: Int?
  public var maxLength: Int?
  public var minItems: Int?
  public var maxItems: Int?
  public var uniqueItems = false
  public var minProperties: Int?
  public var maxProperties: Int?
  public var nullable = false
  /// An integer or a string, `x-kubernetes-int-or-string`.
  public var intOrString = false
  /// Unknown members survive, `x-kubernetes-preserve-unknown-fields`.
  public var preservesUnknownFields = false
  /// A whole Kubernetes object stands here, `x-kubernetes-embedded-resource`.
  public var embeddedResource = false
  /// An object replaced as a whole by server-side apply, `x-kubernetes-map-type: atomic`.
  public var isAtomicMap = false
  public var listType: ListType?
  /// The member that tells list elements apart in a strategic merge patch, `x-kubernetes-patch-merge-key`.
  public var patchMergeKey: String?
  /// `x-kubernetes-patch-strategy`: `merge`, `replace`, `retainKeys`, comma-separated.
  public var patchStrategy: String?
  public var rules: [Rule] = []
  public var allOf: [Schema] = []
  public var anyOf: [Schema] = []
  public var oneOf: [Schema] = []
  public var not: Box?

  public init(_ type: ValueType? = nil) { self.type = type }

  /// A schema inside a schema: storage on the heap, which a recursive value needs.
  public struct Box: Sendable, Hashable {
    private let storage: [Schema]
    public init(_ schema: Schema) { storage = [schema] }
    public var schema: Schema { storage[0] }
  }

  /// Anything at all, kept as it is.
  public static let anything: Schema = {
    var schema = Schema()
    schema.preservesUnknownFields = true
    return schema
  }()

  /// An object with free keys.
  public static func map(of values: Schema) -> Schema {
    var schema = Schema(.object)
    schema.additionalProperties = Box(values)
    return schema
  }

  public static func list(of elements: Schema) -> Schema {
    var schema = Schema(.array)
    schema.items = Box(elements)
    return schema
  }
}
