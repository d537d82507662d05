/// Kinds that are accepted and not acted on yet. A row goes when the work behind it is done.
public enum UnsupportedKinds {
  private static let instead = [
    "Pooler": "no pooler is started.",
    "Database": "no database is created or changed.",
    "DatabaseRole": "no role is created or changed.",
    "Publication": "no publication is created.",
    "Subscription": "no subscription is created.",
    "ImageCatalog": "no image is taken from it.",
    "ClusterImageCatalog": "no image is taken from it.",
  ]

  /// The warning for a new object of the kind, if there is reason for one.
  public static func warnings(for kind: String) -> [String] {
    instead[kind].map { ["\(kind) objects are accepted but not acted on yet: \($0)"] } ?? []
  }
}
