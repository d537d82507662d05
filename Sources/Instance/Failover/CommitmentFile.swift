import Failover
import FoundationEssentials
import Processes

/// What this instance has bound itself to, beside its data and on the same volume: it is lost with them, and only with
/// them.
struct CommitmentFile: Sendable {
  struct Contents: Codable {
    /// Made with the volume.
    var identity: VolumeIdentity
    /// How often an instance manager has begun on it.
    var incarnation: UInt64
    var commitment: Commitment
  }

  private let path: String
  /// The volume for write-ahead log has the same identity, or it is another volume.
  private let walPath: String?

  /// - Parameters:
  ///   - data: PGDATA.
  ///   - walVolume: mount point of the volume for write-ahead log; nil when there is none.
  init(data: String, walVolume: String?) {
    path = data + ".commitment"
    walPath = walVolume.map { $0 + "/identity" }
  }

  /// Reads what there is, and counts this start. A volume without it, or whose other volume is not the one it was made
  /// with, gets a new identity.
  ///
  /// - Parameter logIsLost: called before there is a new identity, where the other volume is not the one it was.
  /// - Returns: also whether the identity is new.
  func open(logIsLost: () throws -> Void) throws -> (contents: Contents, isNew: Bool) {
    var contents: Contents?
    if let data = FileManager.default.contents(atPath: path) {
      contents = try JSONDecoder().decode(Contents.self, from: data)
    }
    var isNew = false
    if let walPath, let known = contents {
      let text = FileManager.default.contents(atPath: walPath).map { String(decoding: $0, as: UTF8.self) }
      if text != String(known.identity.number) {
        contents = nil
        try logIsLost()
      }
    }
    if contents == nil {
      isNew = true
      contents = Contents(
        identity: VolumeIdentity(.random(in: 1...UInt64(Int64.max))), incarnation: 0, commitment: Commitment())
    }
    guard var opened = contents else { throw InstanceProblem.unsupported("\(path) cannot be read") }
    opened.incarnation += 1
    if isNew, let walPath {
      try DurableFile.write(Array(String(opened.identity.number).utf8), to: walPath, mode: 0o600)
    }
    try write(opened)
    return (opened, isNew)
  }

  func write(_ contents: Contents) throws {
    try DurableFile.write(Array(try JSONEncoder().encode(contents)), to: path, mode: 0o600)
  }
}
