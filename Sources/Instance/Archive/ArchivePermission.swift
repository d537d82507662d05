import Backup
import ClusterAPI
import Failover
import PostgreSQL

/// Whether this instance writes to the archive now: one instance does at a time, the primary of the current term.
enum ArchivePermission: Sendable, Equatable {
  /// The primary, and its timeline.
  case granted(BarmanObjectStore, TimelineID)
  /// Nothing is archived: postgres may forget its files.
  case notWanted
  /// postgres keeps the file and asks again.
  case refused(String)
  /// postgres is being stopped.
  case stopping

  init(_ cluster: Cluster?, goal: Goal?) {
    guard let cluster else {
      self = .refused("the Cluster is not known yet")
      return
    }
    guard let store = cluster.archiveStore else {
      self = .notWanted
      return
    }
    switch goal {
    case .handOver, .halt, .rest: self = .stopping
    case .lead(let timeline, _): self = .granted(store, timeline)
    case nil: self = .refused("it is not known yet who leads")
    default: self = .refused("this instance is not the primary")
    }
  }
}

extension Archiver.Permission {
  /// - Parameter server: the folder where the manifest names none.
  init(_ permission: ArchivePermission, _ archives: Archives, server: String) {
    switch permission {
    case .granted(let store, let timeline):
      self = .granted(
        Archiver.Grant(timeline: timeline, parallel: store.wal?.maxParallel ?? 1) {
          try await archives.archive(of: store, defaultServer: server)
        })
    case .notWanted: self = .notWanted
    case .refused(let text): self = .refused(text)
    case .stopping: self = .stopping
    }
  }
}

extension Cluster {
  /// Where write-ahead log goes; nil where none is archived.
  var archiveStore: BarmanObjectStore? {
    annotations[Annotations.skipWalArchiving] == "enabled" ? nil : spec.backup?.barmanObjectStore
  }
}
