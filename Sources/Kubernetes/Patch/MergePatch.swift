/// JSON merge patches (RFC 7396), `application/merge-patch+json`.
public enum MergePatch {
  /// The value after the patch: members that are null in the patch are removed, objects merged, the rest replaced.
  public static func apply(_ patch: JSON, to target: JSON) -> JSON {
    guard case .object(let changes) = patch else { return patch }
    var members = target.objectValue ?? [:]
    for (name, change) in changes {
      if change.isNull {
        members[name] = nil
      } else {
        members[name] = apply(change, to: members[name] ?? .null)
      }
    }
    return .object(members)
  }

  /// The smallest patch that makes `target` of `source`. A member that is null in `target` cannot be expressed: the
  /// patch removes it.
  public static func difference(from source: JSON, to target: JSON) -> JSON {
    guard case .object(let old) = source, case .object(let new) = target else { return target }
    var changes: [String: JSON] = [:]
    for name in old.keys where new[name] == nil { changes[name] = .null }
    for (name, value) in new {
      guard let before = old[name] else {
        changes[name] = value
        continue
      }
      guard before != value else { continue }
      changes[name] = difference(from: before, to: value)
    }
    return .object(changes)
  }
}
