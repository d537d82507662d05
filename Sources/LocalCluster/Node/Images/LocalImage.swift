/// A program of the host that stands for the images of some repositories.
///
/// A container of such an image sees the host's `/usr` read-only, and over it what is listed here.
public struct LocalImage: Codable, Sendable, Equatable {
  /// A file or directory of the host that the container sees, read-only.
  public struct Bind: Codable, Sendable, Equatable {
    public var host: String
    public var container: String

    public init(host: String, container: String) {
      self.host = host
      self.container = container
    }
  }

  /// The name that `node.status.images` shows: `ghcr.io/cloudnative-pg/postgresql:15`.
  public var name: String
  /// Patterns of repositories, `*` standing for any text. One without a slash is compared with the repository's last
  /// component only: `*postgres*` matches `ghcr.io/cloudnative-pg/postgresql`.
  public var repositories: [String]
  /// Tags whose beginning matches up to a character that is no digit: `15` matches `15`, `15.4` and `15-bookworm`, not
  /// `150`. Empty: every tag.
  public var tags: [String]
  /// What `imageID` of a container says.
  public var imageID: String
  public var binds: [Bind]
  /// Files that the container sees even where a volume is mounted over their folder. A program that a container would
  /// copy into the volume is there already, and its pages are in memory once for all pods.
  public var overlays: [Bind]?
  /// Directories of the host that appear empty, so that a bind can be made below them: `/usr/lib/postgresql`.
  public var hidden: [String]
  /// `PATH` of the container.
  public var path: String
  /// Run where the container names no command.
  public var entrypoint: [String]
  /// Variables of the image; the container's own win.
  public var environment: [String: String]
  /// The user the image runs as, where no security context says otherwise.
  public var user: Int
  /// The text of `/etc/os-release`; nil: the host's.
  public var operatingSystem: String?
  /// What to do where a bind's host path is missing: `apt-get install postgresql-15`.
  public var remedy: String?

  public init(
    name: String, repositories: [String], tags: [String] = [], imageID: String, binds: [Bind] = [],
    overlays: [Bind]? = nil, hidden: [String] = [], path: String = LocalImage.defaultPath, entrypoint: [String] = [],
    environment: [String: String] = [:], user: Int = 0, operatingSystem: String? = nil, remedy: String? = nil
  ) {
    self.name = name
    self.repositories = repositories
    self.tags = tags
    self.imageID = imageID
    self.binds = binds
    self.overlays = overlays
    self.hidden = hidden
    self.path = path
    self.entrypoint = entrypoint
    self.environment = environment
    self.user = user
    self.operatingSystem = operatingSystem
    self.remedy = remedy
  }

  public static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// PostgreSQL of one major version, whose tree (`bin`, `lib`, `share`) is at `directory` on the host.
  ///
  /// The container sees it where Debian has it, `/usr/lib/postgresql/MAJOR`, and no other major beside it.
  public static func postgreSQL(major: Int, directory: String, remedy: String? = nil) -> LocalImage {
    let home = "/usr/lib/postgresql/\(major)"
    return LocalImage(
      name: "ghcr.io/cloudnative-pg/postgresql:\(major)", repositories: ["*postgresql*", "*postgres*"],
      tags: ["\(major)"], imageID: "local://postgresql/\(major)",
      binds: [Bind(host: directory, container: home)], hidden: ["/usr/lib/postgresql"],
      path: "\(home)/bin:\(defaultPath)", environment: ["PG_MAJOR": "\(major)"], user: 26, remedy: remedy)
  }

  /// PgBouncer, where Debian's package has it.
  public static func pgBouncer(executable: String = "/usr/sbin/pgbouncer") -> LocalImage {
    LocalImage(
      name: "ghcr.io/cloudnative-pg/pgbouncer:latest", repositories: ["*pgbouncer*"], imageID: "local://pgbouncer",
      binds: [Bind(host: executable, container: executable)], entrypoint: [executable], user: 998,
      remedy: "apt-get install pgbouncer")
  }

  /// Matriarch itself, as operator and instance manager: one executable at every place manifests look for it.
  public static func matriarch(executable: String) -> LocalImage {
    LocalImage(
      name: "matriarch:latest", repositories: ["*matriarch*", "*cloudnative-pg*"], imageID: "local://matriarch",
      binds: ["/manager", "/usr/local/bin/matriarch"].map { Bind(host: executable, container: $0) },
      hidden: ["/usr/local/bin"], entrypoint: ["/manager"], user: 10001)
  }
}
