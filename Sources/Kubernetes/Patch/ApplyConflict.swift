/// An applied configuration differs from fields that others own: 409 Conflict.
public struct ApplyConflict: Error, Sendable, Equatable, CustomStringConvertible {
  public struct Conflict: Sendable, Equatable {
    /// `"kubectl" using apps/v1`: who owns the field.
    public let owner: String
    /// `.spec.replicas`.
    public let path: String
  }

  public let conflicts: [Conflict]

  /// In Kubernetes' words; kubectl matches the beginning.
  public var message: String {
    if let only = conflicts.first, conflicts.count == 1 {
      return "Apply failed with 1 conflict: conflict with \(only.owner): \(only.path)"
    }
    let lines = Dictionary(grouping: conflicts, by: \.owner).sorted { $0.key < $1.key }.flatMap { owner, conflicts in
      ["conflicts with \(owner):"] + conflicts.map { "- \($0.path)" }
    }
    return "Apply failed with \(conflicts.count) conflicts: \(lines.joined(separator: "\n"))"
  }

  public var description: String { message }

  /// `details.causes` of the Status.
  public var causes: [JSON] {
    conflicts.map {
      [
        "reason": "FieldManagerConflict", "message": .string("conflict with \($0.owner)"), "field": .string($0.path),
      ]
    }
  }

  init(_ conflicts: [(ManagedFields.Owner, FieldSet)]) {
    self.conflicts = conflicts.flatMap { owner, fields in
      fields.paths.map { Conflict(owner: Self.name(owner), path: $0) }
    }
    .sorted { ($0.owner, $0.path) < ($1.owner, $1.path) }
  }

  private static func name(_ owner: ManagedFields.Owner) -> String {
    var name = goQuoted(owner.manager)
    if !owner.subresource.isEmpty { name += " with subresource \(goQuoted(owner.subresource))" }
    if let version = owner.apiVersion { name += " using \(version)" }
    return name
  }
}
