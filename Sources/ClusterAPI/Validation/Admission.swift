import Kubernetes

/// What the admission webhooks answer, and what the operator does in their place where there are none.
public enum Admission {
  public enum Verdict: Sendable, Equatable {
    case accepted(warnings: [String])
    /// The message and the errors that a Status with the reason Invalid carries.
    case refused(message: String, errors: [FieldError], warnings: [String])

    public var warnings: [String] {
      switch self {
      case .accepted(let warnings), .refused(_, _, let warnings): warnings
      }
    }

    /// What the operator writes into the status of an object that it would not have admitted; nil for an accepted one.
    /// Values stay out of it: they may be secret.
    public var statusMessage: String? {
      guard case .refused(_, let errors, _) = self else { return nil }
      return Admission.statusMessage(paths: errors.map(\.path))
    }
  }

  /// - Parameter paths: The fields that were refused.
  public static func statusMessage(paths: [String]) -> String {
    // Errors about no field in particular only say that others kept rules from being checked.
    let fields = paths.filter { $0 != "<nil>" }.markingRepetitions().filter { !$0.isRepeated }.map(\.element)
    let place = fields.isEmpty ? "the object as a whole" : fields.joined(separator: ", ")
    return "the resource failed admission validation on: \(place) (see the operator logs for details)"
  }

  /// The JSON patch that fills an object in; nil where nothing changes.
  public static func defaultingPatch(kind: String, _ object: JSON, _ settings: DefaultingSettings) -> JSON? {
    kind == Cluster.resource.kind ? Cluster.defaultingPatch(object, settings: settings) : nil
  }

  /// Validates an object of one of our kinds.
  ///
  /// - Parameter old: The object before a change; nil for a new one.
  public static func validate(
    kind: String, _ object: JSON, old: JSON? = nil, _ context: ValidationContext = ValidationContext()
  ) -> Verdict {
    switch kind {
    case Cluster.resource.kind: validate(Cluster.self, object, old, context)
    case Backup.resource.kind: validate(Backup.self, object, old, context)
    case ScheduledBackup.resource.kind: validate(ScheduledBackup.self, object, old, context)
    case Pooler.resource.kind: validate(Pooler.self, object, old, context)
    case Database.resource.kind: validate(Database.self, object, old, context)
    default: .accepted(warnings: UnsupportedKinds.warnings(for: kind))
    }
  }

  private static func validate<Kind: ValidatedObject>(
    _ type: Kind.Type, _ json: JSON, _ old: JSON?, _ context: ValidationContext
  ) -> Verdict {
    let object: Kind
    do {
      object = try json.decoded()
    } catch {
      return malformed(type, json, error)
    }
    // An old object that cannot be read has nothing to compare with: it was stored under another schema.
    let previous = old.flatMap { try? $0.decoded(as: Kind.self) }
    let findings = previous.map { object.validateUpdate(from: $0, context) } ?? object.validateCreate(context)
    guard !findings.isAccepted else { return .accepted(warnings: findings.warnings) }
    return .refused(
      message: object.refusal(findings.errors, isUpdate: old != nil), errors: findings.errors,
      warnings: findings.warnings)
  }

  /// An object of the wrong shape. The API server's own validation keeps these away, unless its schema is older.
  private static func malformed<Kind: ValidatedObject>(_ type: Kind.Type, _ json: JSON, _ error: any Error) -> Verdict {
    var errors = Kind.schema.validate(json)
    if errors.isEmpty { errors = [.invalid("", .null, "the object cannot be read: \(error)")] }
    let name = json[path: ["metadata", "name"]]?.stringValue ?? ""
    let message = errors.aggregateMessage(kind: Kind.resource.kind, group: Kind.resource.group, name: name)
    return .refused(message: message, errors: errors, warnings: [])
  }
}
