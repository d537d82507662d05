import Synchronization

/// A type that knows the schema of its JSON.
public protocol SchemaType: Codable, Sendable, Equatable {
  static var schema: Schema { get }
}

/// A structure of the API, declared field by field with ``Field``, ``Required`` and ``Defaulted``:
///
/// ```swift
/// public struct StorageConfiguration: Declared {
///   @Field("Size of the volume.") public var size: String?
///   @Defaulted("Enlarge volumes in use.", true) public var resizeInUseVolumes: Bool
///   public init() {}
/// }
/// ```
///
/// Its coding, its schema, its defaults and its documentation all come from that declaration. Optional means that a
/// manifest may leave the field out; decode with ``JSON/decoded(as:)``, which fills in the defaults first.
public protocol Declared: SchemaType, DefaultInitializable {
  init()
  /// What the schema needs beyond its fields: rules between fields, a description of the whole.
  static func refine(_ schema: inout Schema)
}

extension Declared {
  public static func refine(_ schema: inout Schema) {}

  public static var schema: Schema { Schema.of(Self.self) }

  /// Makes a value and fills it in: `Container.with { $0.name = "postgres" }`.
  public static func with(_ fill: (inout Self) throws -> Void) rethrows -> Self {
    var value = Self()
    try fill(&value)
    return value
  }
}

/// A property wrapper that declares a field.
protocol DeclaringField {
  var declaration: FieldDeclaration? { get }
}

/// What a declaration says of a field. Only the value that ``Schema/of(_:)`` makes in order to read it carries it.
final class FieldDeclaration: Sendable {
  /// True while a schema is being read. All other values of the API do without declarations: they would cost more
  /// memory than the fields.
  @TaskLocal static var isWanted = false

  let schema: Schema
  let isRequired: Bool

  init(_ base: Schema, _ documentation: String, _ constraints: [Constraint], isRequired: Bool = false) {
    var schema = base
    if !documentation.isEmpty { schema.description = documentation }
    for constraint in constraints { constraint.apply(&schema) }
    self.schema = schema
    self.isRequired = isRequired
  }
}

extension FieldDeclaration? {
  static func when(_ make: () -> FieldDeclaration) -> Self { FieldDeclaration.isWanted ? make() : nil }
}

extension Schema {
  private static let cache = Mutex<[ObjectIdentifier: Schema]>([:])

  /// The schema of a declared structure, read off its property wrappers once.
  public static func of<Value: Declared>(_ type: Value.Type) -> Schema {
    let key = ObjectIdentifier(type)
    if let known = cache.withLock({ $0[key] }) { return known }
    var schema = Schema(.object)
    for child in Mirror(reflecting: FieldDeclaration.$isWanted.withValue(true) { Value() }).children {
      guard let label = child.label, let declaration = (child.value as? any DeclaringField)?.declaration else {
        continue
      }
      // The storage of a wrapped property `size` is called `_size`.
      let name = String(label.dropFirst())
      schema.properties[name] = declaration.schema
      if declaration.isRequired { schema.required.append(name) }
    }
    schema.required.sort()
    Value.refine(&schema)
    cache.withLock { $0[key] = schema }
    return schema
  }
}
