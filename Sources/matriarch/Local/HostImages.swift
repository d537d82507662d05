import ClusterAPI
import Foundation
import LocalCluster

/// The programs of this host that container images resolve to: every PostgreSQL major that is installed, PgBouncer, and
/// this program.
enum HostImages {
  /// Debian's versioned directories, and what `make setup` fetched from PyPI.
  static func find(_ settings: LocalSettings) -> [LocalImage] {
    let executable = "\(settings.binDirectory)/matriarch"
    let images =
      postgresDirectories(settings).sorted { $0.key < $1.key }.map { major, directory in
        LocalImage.postgreSQL(major: major, directory: directory, remedy: "apt-get install postgresql-\(major)")
      } + pgBouncer + [.matriarch(executable: executable)]
    // In a cluster the init container copies both to where PostgreSQL's image finds them. Here they are there already: one
    // file for all instances, so that its pages are in memory once.
    return images.map { image in
      var image = image
      image.overlays = [
        LocalImage.Bind(host: executable, container: InstancePaths.manager),
        LocalImage.Bind(host: "\(settings.binDirectory)/matriarch-wal", container: InstancePaths.archiveHelper),
      ]
      return image
    }
  }

  private static var pgBouncer: [LocalImage] {
    let image = LocalImage.pgBouncer()
    return image.binds.allSatisfy { FileManager.default.isExecutableFile(atPath: $0.host) } ? [image] : []
  }

  /// The newest installed major: what a Cluster that names no image gets.
  static func newestMajor(_ settings: LocalSettings) -> Int? { postgresDirectories(settings).keys.max() }

  private static func postgresDirectories(_ settings: LocalSettings) -> [Int: String] {
    var found: [Int: String] = [:]
    let files = FileManager.default
    func add(_ root: String, prefix: String) {
      for name in (try? files.contentsOfDirectory(atPath: root)) ?? [] where name.hasPrefix(prefix) {
        guard let major = Int(name.dropFirst(prefix.count)), (13...99).contains(major) else { continue }
        let directory = "\(root)/\(name)"
        if files.isExecutableFile(atPath: "\(directory)/bin/postgres") { found[major] = directory }
      }
    }
    add(settings.toolsDirectory, prefix: "postgresql-")
    add("/usr/lib/postgresql", prefix: "")
    return found
  }
}
