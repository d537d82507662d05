import Kubernetes

/// What validation has to say of an object.
public struct Findings: Sendable, Equatable {
  /// Why it is refused; empty where it is not.
  public var errors: [FieldError]
  /// What kubectl prints as `Warning: …`; the request succeeds all the same.
  public var warnings: [String]

  public init(errors: [FieldError] = [], warnings: [String] = []) {
    self.errors = errors
    self.warnings = warnings
  }

  public var isAccepted: Bool { errors.isEmpty }
}

/// What validation has to know beyond the object.
public struct ValidationContext: Sendable {
  /// Whether the API server knows VolumeSnapshots.
  public var hasVolumeSnapshots: Bool
  /// The pod that would be made for a Cluster, to try the annotation `cnpg.io/podPatch` on; nil tries nothing.
  public var examplePod: (@Sendable (Cluster) -> JSON)?

  public init(hasVolumeSnapshots: Bool = false, examplePod: (@Sendable (Cluster) -> JSON)? = nil) {
    self.hasVolumeSnapshots = hasVolumeSnapshots
    self.examplePod = examplePod
  }
}

/// A kind whose objects are validated beyond their schema.
public protocol ValidatedObject: APIObject {
  /// The rules for an object by itself.
  func problems(_ context: ValidationContext) -> [FieldError]
  /// The rules for a change. The rules for the new object by itself are not among them.
  func problems(changedFrom old: Self) -> [FieldError]
  /// What deserves a warning.
  func warnings(_ context: ValidationContext) -> [String]
  /// The kind and group in the message of a refused update, where tools have come to expect odd ones.
  static var updateErrorKind: (kind: String, group: String) { get }
}

extension ValidatedObject {
  public func problems(changedFrom old: Self) -> [FieldError] { [] }
  public func warnings(_ context: ValidationContext) -> [String] { [] }
  public static var updateErrorKind: (kind: String, group: String) { (resource.kind, resource.group) }

  /// Validates a new object; also what the operator does with every object where there is no webhook.
  public func validateCreate(_ context: ValidationContext = ValidationContext()) -> Findings {
    validate(context) { problems(context) }
  }

  /// Validates a changed object.
  public func validateUpdate(from old: Self, _ context: ValidationContext = ValidationContext()) -> Findings {
    validate(context) { problems(context) + problems(changedFrom: old) }
  }

  /// The message of a Status with the reason Invalid:
  /// `Cluster.postgresql.cnpg.io "demo" is invalid: spec.instances: …`.
  public func refusal(_ errors: [FieldError], isUpdate: Bool = false) -> String {
    let (kind, group) = isUpdate ? Self.updateErrorKind : (Self.resource.kind, Self.resource.group)
    return errors.aggregateMessage(kind: kind, group: group, name: name)
  }

  private func validate(_ context: ValidationContext, _ check: () -> [FieldError]) -> Findings {
    switch annotations[Annotations.validation] {
    case "disabled":
      Findings(warnings: [ValidationSwitch.disabledWarning])
    case nil, "", "enabled":
      Findings(errors: check(), warnings: warnings(context))
    case let other?:
      Findings(errors: check(), warnings: [ValidationSwitch.unknownWarning(other)] + warnings(context))
    }
  }
}

/// The annotation `cnpg.io/validation`, by which a user takes the risk.
enum ValidationSwitch {
  static let disabledWarning =
    "validation webhook is disabled — all changes are accepted without validation. "
    + "This may lead to unsafe or destructive operations. Proceed with extreme caution."

  static func unknownWarning(_ value: String) -> String {
    #"invalid "\#(Annotations.validation)" annotation: \#(quoted(value)) (expected "enabled" or "disabled")"#
  }
}
