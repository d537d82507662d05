import ObjectStorage
import PostgreSQL
public struct BaseBackupSettings: Sendable {
  public var compression = Compression.none
  public var parallel = 2
  public var tags: [String: String] = [:]
  public var encryption: ServerSideEncryption?
  public init() {}
}
public struct DamagedPage: Sendable { }
public struct BaseBackupSummary: Sendable { public var damagedPages: [DamagedPage]; public var damagedCount: Int; public var seconds: Double }
public struct BaseBackup: Sendable {
  public init(store: any ObjectStore, layout: ObjectLayout, id: BackupID, data: String, tablespaces: [BackupInfo.Tablespace], settings: BaseBackupSettings) {}
  public func copy(from start: LSN, verifiesChecksums: Bool, end: () async throws -> String) async throws -> BaseBackupSummary { fatalError() }
  public func cleanUp() async throws {}
}
public struct UnpackingSummary: Sendable {}
public struct Unpacking: Sendable {
  public init(store: any ObjectStore, archives: [BackupArchive], info: BackupInfo, data: String, wal: String?, parallel: Int) {}
  public func run() async throws -> UnpackingSummary { fatalError() }
}
