import Backup
import ClusterAPI
import ObjectStorage

/// The archives that manifests describe, with their secrets read and their stores opened.
struct Archives: Sendable {
  let controlPlane: any ControlPlane
  let connections: ObjectStoreConnections

  /// - Throws: ``InstanceProblem`` for a Secret that is missing, `ObjectStorageError` for what cannot be used.
  func archive(
    of manifest: BarmanObjectStore, defaultServer: String, authorities: SecretKeyReference? = nil
  ) async throws -> WALArchive {
    let access = try await StoreAccess(
      manifest, defaultServer: defaultServer, authorities: authorities, from: controlPlane)
    var settings = WALArchive.Settings()
    settings.compression = manifest.wal?.compression?.format ?? .none
    settings.encryption = manifest.wal?.encryption.map(\.serverSide)
    settings.tags = manifest.tags ?? [:]
    settings.historyTags = manifest.historyTags ?? manifest.tags ?? [:]
    return WALArchive(
      store: try await connections.store(access.configuration), server: access.server, settings: settings)
  }
}

extension WALCompression {
  var format: Compression {
    switch self {
    case .gzip: .gzip
    case .bzip2: .bzip2
    case .lz4: .lz4
    case .snappy: .snappy
    case .xz: .xz
    case .zstd: .zstd
    }
  }
}

extension DataCompression {
  var format: Compression {
    switch self {
    case .gzip: .gzip
    case .bzip2: .bzip2
    case .lz4: .lz4
    case .snappy: .snappy
    }
  }
}

extension StoreEncryption {
  var serverSide: ServerSideEncryption {
    switch self {
    case .aes256: .aes256
    case .kms: .kms
    }
  }
}
