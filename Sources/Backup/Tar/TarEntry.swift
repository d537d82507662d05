/// A member of a tar archive, without its bytes.
public struct TarEntry: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    case file
    case directory
  }

  /// As stored, without a closing slash: `base/1/112`, `./PG_VERSION`, `.`.
  public var name: String
  public var kind: Kind
  /// In bytes; 0 for directories.
  public var size: Int64
  /// The permissions alone.
  public var mode: UInt32
  public var user: UInt32
  public var group: UInt32
  /// When it was last changed, in seconds since 1970.
  public var modified: Int64

  public init(
    name: String, kind: Kind, size: Int64 = 0, mode: UInt32, user: UInt32 = 0, group: UInt32 = 0, modified: Int64 = 0
  ) {
    self.name = name
    self.kind = kind
    self.size = size
    self.mode = mode
    self.user = user
    self.group = group
    self.modified = modified
  }
}

/// Why a tar archive cannot be read on.
public enum TarError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A member that a backup of PostgreSQL never has, or whose name leads elsewhere.
  case refused(name: String, reason: String)
  case damaged(String)
  /// It ends before its end mark.
  case truncated(in: String?)

  public var description: String {
    switch self {
    case .refused(let name, let reason): "Member \"\(name)\" of the archive is refused: \(reason)."
    case .damaged(let text): "The tar archive is damaged: \(text)."
    case .truncated(let name?): "The tar archive ends in the middle of \(name)."
    case .truncated(nil): "The tar archive ends too early."
    }
  }
}

enum Tar {
  static let block = 512
  /// Archives are padded to a multiple of that, as by every tar program (20 blocks).
  static let record = 20 * block

  /// How many zeros follow a member's bytes.
  static func padding(_ size: Int64) -> Int { Int((Int64(block) - size % Int64(block)) % Int64(block)) }
}
