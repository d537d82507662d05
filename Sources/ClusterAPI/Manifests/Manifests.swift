import Kubernetes

/// The files that are made from the declarations. They are committed, and a test compares them.
public enum Manifests {
  public struct File: Sendable, Equatable, CustomStringConvertible {
    /// Relative to the repository.
    public let path: String
    public let text: String

    public var description: String { path }
  }

  /// The CRDs, one file each: `deploy/crds/postgresql.cnpg.io_clusters.yaml`.
  public static var customResources: [File] {
    CustomResources.definitions.map { definition in
      let group = definition[path: ["spec", "group"]]?.stringValue ?? ""
      let plural = definition[path: ["spec", "names", "plural"]]?.stringValue ?? ""
      return File(
        path: "deploy/crds/\(group)_\(plural).yaml",
        text: "# Made from Sources/ClusterAPI; see CONTRIBUTING.\n" + YAMLText.document(definition))
    }
  }

  /// The pages of the reference: `docs/reference/cluster.md`.
  public static var reference: [File] {
    let pages = [
      ReferencePage(Cluster.self), ReferencePage(Backup.self), ReferencePage(ScheduledBackup.self),
      ReferencePage(Pooler.self), ReferencePage(Database.self), ReferencePage(DatabaseRole.self),
      ReferencePage(Publication.self), ReferencePage(Subscription.self), ReferencePage(ImageCatalog.self),
      ReferencePage(ClusterImageCatalog.self), ReferencePage(FailoverQuorum.self),
    ]
    return pages.map { File(path: "docs/reference/\($0.fileName)", text: $0.text) }
  }
}
