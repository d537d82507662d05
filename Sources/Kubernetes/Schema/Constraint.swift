/// What a field's declaration adds to the schema of its type.
public struct Constraint: Sendable {
  let apply: @Sendable (inout Schema) -> Void

  init(_ apply: @escaping @Sendable (inout Schema) -> Void) { self.apply = apply }

  static func defaultValue(_ value: JSON) -> Constraint { Constraint { $0.defaultValue = value } }

  public static func pattern(_ pattern: String) -> Constraint { Constraint { $0.pattern = pattern } }
  public static func format(_ format: String) -> Constraint { Constraint { $0.format = format } }
  public static func minimum(_ value: Int) -> Constraint { Constraint { $0.minimum = Double(value) } }
  public static func maximum(_ value: Int) -> Constraint { Constraint { $0.maximum = Double(value) } }
  public static func minLength(_ value: Int) -> Constraint { Constraint { $0.minLength = value } }
  public static func maxLength(_ value: Int) -> Constraint { Constraint { $0.maxLength = value } }
  /// A number of things or seconds that is not negative and that Kubernetes keeps in 32 bits.
  public static let count = Constraint {
    $0.minimum = 0
    $0.maximum = Double(Int32.max)
    if $0.type == .integer { $0.format = "int32" }
  }
  public static func minItems(_ value: Int) -> Constraint { Constraint { $0.minItems = value } }
  public static func maxItems(_ value: Int) -> Constraint { Constraint { $0.maxItems = value } }

  /// The only values allowed.
  public static func oneOf(_ values: String...) -> Constraint {
    Constraint { $0.enumeration = values.map { .string($0) } }
  }

  /// List elements are objects told apart by these members.
  public static func listMap(_ keys: String...) -> Constraint {
    Constraint { $0.listType = .map(keys: keys) }
  }

  /// List elements are scalars without repetition.
  public static let listSet = Constraint { $0.listType = .set }

  /// The list is replaced as a whole.
  public static let listAtomic = Constraint { $0.listType = .atomic }

  /// The object is replaced as a whole by server-side apply.
  public static let atomicMap = Constraint { $0.isAtomicMap = true }

  /// Strategic merge patches merge the list's elements by this member, or by value where it is nil.
  public static func patchMerge(key: String?) -> Constraint {
    Constraint {
      $0.patchMergeKey = key
      $0.patchStrategy = "merge"
    }
  }

  /// A rule in the Common Expression Language about this field.
  public static func rule(_ rule: String, _ message: String) -> Constraint {
    Constraint { $0.rules.append(Schema.Rule(rule, message: message)) }
  }

  /// Anything else.
  public static func refine(_ apply: @escaping @Sendable (inout Schema) -> Void) -> Constraint { Constraint(apply) }
}
