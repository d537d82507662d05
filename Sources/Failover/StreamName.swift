import PostgreSQL

/// The names under which standbys stream, PostgreSQL's `application_name`.
///
/// PostgreSQL counts names where the record counts volumes, and a walreceiver comes back by itself. So the name by which a
/// standby is counted says which volume it is, and on which timeline it is counted: a leader asks only for the members of
/// its own record, on its own timeline (rule 9).
public enum StreamName {
  /// PostgreSQL cuts names after so many bytes (`NAMEDATALEN` − 1).
  static let limit = 63

  /// `pg-2.1k8ux3h0q9z2p.5`: instance, volume, timeline. The front of a very long name is left out.
  public static func counted(_ member: Member, on timeline: TimelineID) -> String {
    // Names in the spec that are no instances stream as they like.
    if member.identity == VolumeIdentity(0) { return member.name }
    let suffix = ".\(String(member.identity.number, radix: 36)).\(timeline.number)"
    return Substring(member.name.utf8.suffix(limit - suffix.utf8.count)) + suffix
  }

  /// `pg-2.uncounted`: nobody waits for it (rule 8).
  public static func uncounted(_ instance: String) -> String {
    let suffix = ".uncounted"
    return instance.suffix(limit - suffix.count) + suffix
  }

  /// The instance of a cluster that streams under a name; nil where the name is none of ours.
  public static func instance(of name: String, in cluster: String) -> String? {
    let parts = name.split(separator: ".")
    guard parts.count > 1, let base = parts.first, let dash = base.lastIndex(of: "-") else { return nil }
    let instance = cluster + base[dash...]
    return instance.hasSuffix(base) ? instance : nil
  }
}
